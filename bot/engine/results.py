"""Pictures out: from the provider's storage to a PNG that can be trusted."""

from bot.eachlabs.client import EachlabsClient
from bot.imaging import Imaging


class Results:
    """Fetches outputs; nothing is trusted of what their URLs hold."""

    def __init__(self, client: EachlabsClient, imaging: Imaging) -> None:
        self._client = client
        self._imaging = imaging

    async def png(self, url: str) -> bytes:
        """The picture as PNG; one that is PNG already is passed on byte for byte.

        Raises:
            ProviderFault: it can't be had, or the address isn't a public one.
            PhotoRefused: it is no picture.
        """
        data = await self._client.fetch_output(url)
        return await self._imaging.to_png(data)
