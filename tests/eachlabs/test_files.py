"""Links that somebody else names: which are followed, and to where."""

from collections.abc import Awaitable, Callable, Sequence

import httpx
import pytest

from bot.eachlabs.client import EachlabsClient
from bot.eachlabs.files import is_public
from bot.eachlabs.wire import Upload
from bot.errors import BadAnswer, ProviderDown
from tests.eachlabs.answers import API, KEY, PICTURE, Recorder, answering, nowhere, output_fault

PUBLIC = "93.184.216.34"


def names(**known: str | list[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """A resolver that knows these (with _ for .), and addresses as what they are."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        found = known.get(host.replace(".", "_"), host)
        return [found] if isinstance(found, str) else found

    return resolve


CDN = names(cdn_example_com=PUBLIC)


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"],
    )
    def test_public(self, address: str) -> None:
        assert is_public(address)

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "not an address",
        ],
    )
    def test_not_public(self, address: str) -> None:
        assert not is_public(address)


class TestRefusedBeforeAnythingLeaves:
    @pytest.mark.parametrize(
        "url",
        [
            "http://cdn.example.com/1.png",
            "http://api.example.com/1.png",
            "https://api.example.com:444/1.png",
            "https://127.0.0.1/1.png",
            "https://[::1]/1.png",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/1.png",
            "https://inside.example.com/1.png",
            "https://half.example.com/1.png",
            "https://user:password@cdn.example.com/1.png",
            "file:///etc/passwd",
            "ftp://cdn.example.com/1.png",
            "data:image/png;base64,AAAA",
            "//cdn.example.com/1.png",
            "/1.png",
            "1.png",
            "",
            "https://",
            "https://[::1/",
            "https://exa mple.com/",
            "https://cdn.example.com:99999/1.png",
        ],
    )
    async def test_output(self, url: str) -> None:
        api = answering(PICTURE)
        client = api.client(
            names(
                localhost=["::1", "127.0.0.1"],
                inside_example_com="10.0.0.7",
                # One public address does not make up for a private one.
                half_example_com=[PUBLIC, "127.0.0.1"],
                cdn_example_com=PUBLIC,
            )
        )
        assert type(await output_fault(client, url)) is BadAnswer
        assert not api.requests

    @pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost"])
    async def test_this_machine_in_disguise_by_the_real_resolver(self, host: str) -> None:
        async with EachlabsClient(API, KEY, timeout=2) as client:
            assert type(await output_fault(client, f"https://{host}/1.png")) is BadAnswer

    async def test_upload(self) -> None:
        api = answering(b"")
        upload = Upload(id="f", presigned_url="https://inside.example.com/", public_url="x")
        with pytest.raises(BadAnswer):
            await api.client(names(inside_example_com="10.0.0.7")).put(upload, b"x", "image/png")
        assert not api.requests

    async def test_a_name_that_is_none(self) -> None:
        fault = await output_fault(answering(PICTURE).client(nowhere), "https://gone.example.com/")
        assert type(fault) is ProviderDown


class TestConnecting:
    async def test_the_connection_goes_to_the_address_that_was_checked(self) -> None:
        api = answering(PICTURE)
        link = "https://cdn.example.com/a/1.png?v=2"
        assert await api.client(CDN).fetch_output(link) == PICTURE
        assert str(api.request.url) == f"https://{PUBLIC}/a/1.png?v=2"
        assert api.request.headers["Host"] == "cdn.example.com"
        assert api.request.extensions["sni_hostname"] == "cdn.example.com"

    async def test_the_name_is_resolved_once(self) -> None:
        """So that a name can't be public when it is checked and private when it is used."""
        asked: list[str] = []

        async def rebinding(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return [PUBLIC if len(asked) == 1 else "127.0.0.1"]

        api = answering(PICTURE)
        await api.client(rebinding).fetch_output("https://cdn.example.com/1.png")
        assert asked == ["cdn.example.com"]
        assert api.request.url.host == PUBLIC

    async def test_ipv6_and_a_port(self) -> None:
        api = answering(PICTURE)
        client = api.client(names(cdn_example_com="2606:2800:220:1::1"))
        await client.fetch_output("https://cdn.example.com:8443/1.png")
        assert str(api.request.url) == "https://[2606:2800:220:1::1]:8443/1.png"
        assert api.request.headers["Host"] == "cdn.example.com:8443"

    async def test_the_next_address_is_tried(self) -> None:
        def half_down(request: httpx.Request) -> httpx.Response:
            if request.url.host == PUBLIC:
                raise httpx.ConnectError("unreachable")
            return httpx.Response(200, content=PICTURE)

        api = Recorder(half_down)
        client = api.client(names(cdn_example_com=[PUBLIC, "93.184.216.35"]))
        assert await client.fetch_output("https://cdn.example.com/1.png") == PICTURE
        assert len(api.requests) == 2

    async def test_all_addresses_down(self) -> None:
        api = Recorder(httpx.ConnectError("unreachable"))
        assert type(await output_fault(api.client(CDN), "https://cdn.example.com/")) is ProviderDown

    @pytest.mark.parametrize("url", [f"{API}/files/1.png", "https://cdn.example.com/1.png"])
    async def test_the_key_stays_here(self, url: str) -> None:
        api = answering(PICTURE)
        await api.client(CDN).fetch_output(url)
        assert KEY not in repr(api.request.headers.raw)

    async def test_the_apis_own_origin_needs_no_public_address(self) -> None:
        api = answering(PICTURE)
        assert await api.client(nowhere).fetch_output(f"{API}/files/1.png") == PICTURE
        assert str(api.request.url) == f"{API}/files/1.png"

    async def test_by_a_proxy_the_name_goes_along(self) -> None:
        api = answering(PICTURE)
        http = httpx.AsyncClient(transport=httpx.MockTransport(api))
        for resolve in (CDN, nowhere):
            client = EachlabsClient(API, KEY, http=http, proxy="http://proxy:3128", resolve=resolve)
            await client.fetch_output("https://cdn.example.com/1.png")
            assert api.requests[-1].url.host == "cdn.example.com"
        inside = EachlabsClient(
            API, KEY, http=http, proxy="http://proxy:3128", resolve=names(a_b="10.0.0.7")
        )
        assert type(await output_fault(inside, "https://a.b/1.png")) is BadAnswer


def redirecting(*hops: str) -> Recorder:
    """Each request is sent on to the next of these, the last one gets the picture."""
    left = list(hops)

    def answer(request: httpx.Request) -> httpx.Response:
        if left:
            return httpx.Response(302, headers={"Location": left.pop(0)})
        return httpx.Response(200, content=PICTURE)

    return Recorder(answer)


class TestRedirects:
    async def test_two_are_followed(self) -> None:
        api = redirecting("https://other.example.com/2.png", "/3.png")
        client = api.client(names(cdn_example_com=PUBLIC, other_example_com="93.184.216.99"))
        assert await client.fetch_output("https://cdn.example.com/1.png") == PICTURE
        assert [str(request.url) for request in api.requests] == [
            f"https://{PUBLIC}/1.png",
            "https://93.184.216.99/2.png",
            "https://93.184.216.99/3.png",
        ]
        assert api.requests[2].headers["Host"] == "other.example.com"

    async def test_three_are_not(self) -> None:
        api = redirecting("/2", "/3", "/4")
        assert type(await output_fault(api.client(CDN), "https://cdn.example.com/1")) is BadAnswer
        assert len(api.requests) == 3

    @pytest.mark.parametrize(
        "target",
        [
            "http://169.254.169.254/latest/meta-data",
            "https://169.254.169.254/latest/meta-data",
            "//169.254.169.254/",
            "https://localhost/",
            "http://localhost/",
            "https://inside.example.com/",
            "http://cdn.example.com/1.png",
            "https://[::ffff:7f00:1]/",
        ],
    )
    @pytest.mark.parametrize("first", [f"{API}/files/1.png", "https://cdn.example.com/1.png"])
    async def test_each_is_checked(self, first: str, target: str) -> None:
        api = redirecting(target)
        client = api.client(
            names(cdn_example_com=PUBLIC, localhost="127.0.0.1", inside_example_com="10.0.0.7")
        )
        assert type(await output_fault(client, first)) is BadAnswer
        assert len(api.requests) == 1

    async def test_one_to_what_is_no_address(self) -> None:
        api = redirecting("https://[::1")
        assert type(await output_fault(api.client(CDN), f"{API}/1")) is ProviderDown
        assert len(api.requests) == 1

    async def test_one_without_a_target(self) -> None:
        assert type(await output_fault(answering(b"", 302).client(CDN), f"{API}/1")) is BadAnswer
