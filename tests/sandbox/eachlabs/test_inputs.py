"""What the model takes and refuses, in its own words."""

from typing import Any

import pytest

from bot.sandbox.eachlabs import model
from tests.sandbox.eachlabs.conftest import Caller


@pytest.mark.parametrize(
    ("inputs", "field", "message"),
    [
        ({"input_image": None}, "input_image", "is required"),
        ({"input_image": "photo.jpg"}, "input_image", "must be a URL"),
        ({"input_image3": "ftp://a/b"}, "input_image3", "must be a URL"),
        ({"style_name": "Disney Character"}, "style_name", "must be one of (No style), Cinematic"),
        ({"style_strength_ratio": 14}, "style_strength_ratio", "must be between 15 and 50"),
        ({"style_strength_ratio": 51}, "style_strength_ratio", "must be between 15 and 50"),
        ({"guidance_scale": 0.5}, "guidance_scale", "must be between 1 and 10"),
        ({"num_steps": 101}, "num_steps", "must be between 1 and 100"),
        ({"num_steps": 20.5}, "num_steps", "must be an integer"),
        ({"num_outputs": 5}, "num_outputs", "must be between 1 and 4"),
        ({"num_outputs": "many"}, "num_outputs", "must be an integer"),
        ({"num_outputs": True}, "num_outputs", "must be an integer"),
        ({"seed": -1}, "seed", "must be between 0 and 2147483647"),
        ({"seed": 2**31}, "seed", "must be between 0 and 2147483647"),
        ({"guidance_scale": "nan"}, "guidance_scale", "must be a number"),
        ({"prompt": 7}, "prompt", "must be a string"),
        ({"disable_safety_checker": "false"}, "disable_safety_checker", "must be a boolean"),
        ({"num_inference_steps": 20}, "num_inference_steps", "is not an input of this model"),
    ],
)
async def test_input_that_does_not_fit_is_refused(
    provider: Caller, inputs: dict[str, Any], field: str, message: str
) -> None:
    refused = await provider.creates(**inputs)
    assert refused.status_code == 400
    assert refused.json()["error"] == "Input validation failed"
    (detail,) = refused.json()["details"]
    assert detail["field"] == field
    assert detail["message"].startswith(message)
    assert provider.standin.report()["predictions"] == []


async def test_every_limit_itself_is_taken(provider: Caller) -> None:
    for number in model.NUMBERS.values():
        assert number.low < number.high
    for edge in ("low", "high"):
        inputs = {name: getattr(number, edge) for name, number in model.NUMBERS.items()}
        assert (await provider.creates(**inputs)).status_code == 200


async def test_numbers_as_the_page_writes_them(provider: Caller) -> None:
    done = await provider.makes(num_steps="20", num_outputs="2", guidance_scale="5.5", seed="7")
    assert done["status"] == "success"
    assert len(done["output"]) == 2
    assert done["input"]["num_steps"] == "20"  # echoed as it was sent


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("a man", "Cannot find the trigger word 'img' in text prompt!"),
        ("a man on imgur", "Cannot find the trigger word 'img' in text prompt!"),
        ("word " * 90 + "img", "Cannot find the trigger word 'img' in text prompt!"),
        ("a man img, img", "Cannot use multiple trigger words 'img' in text prompt!"),
        ("a man img IMG", "Cannot use multiple trigger words 'img' in text prompt!"),
        ("img2img", "Cannot use multiple trigger words 'img' in text prompt!"),
    ],
)
async def test_the_trigger_word_ends_a_prediction_in_error(
    provider: Caller, prompt: str, text: str
) -> None:
    done = await provider.makes(prompt=prompt)
    assert done["status"] == "error"
    assert done["logs"] == text
    assert done["output"] is None
    assert done["metrics"]["cost"] == 0


@pytest.mark.parametrize("prompt", ["a man img", "a woman IMG, smiling", "imgur of a man img"])
async def test_the_trigger_word_once(provider: Caller, prompt: str) -> None:
    assert (await provider.makes(prompt=prompt))["status"] == "success"


async def test_the_trigger_word_in_the_negative_prompt(provider: Caller) -> None:
    done = await provider.makes(negative_prompt="blurry img")
    assert done["logs"] == "Cannot use trigger word 'img' in negative prompt!"


async def test_the_prompt_may_be_left_to_its_default(provider: Caller) -> None:
    assert (await provider.makes(prompt=None))["status"] == "success"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"model": "other"}, "model not found"),
        ({"model": None}, "model is required"),
        ({"input": "text"}, "input is required"),
        ({"webhook_url": 5}, "webhook_url must be a string"),
    ],
)
async def test_a_body_that_is_no_creation(
    provider: Caller, body: dict[str, Any], error: str
) -> None:
    refused = await provider.creates(body=body)
    assert (refused.status_code, refused.json()["error"]) == (400, error)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_json_object(provider: Caller, content: bytes) -> None:
    refused = await provider.http.post("/v1/prediction", content=content)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid request body")


async def test_the_model_describes_its_inputs(provider: Caller) -> None:
    shown = (await provider.http.get("/v1/model", params={"slug": model.SLUG})).json()
    properties = shown["request_schema"]["properties"]
    assert properties["style_name"]["enum"] == list(model.STYLES)
    assert properties["style_strength_ratio"]["minimum"] == 15
    assert (await provider.http.get("/v1/model")).status_code == 400
    assert (await provider.http.get("/v1/model", params={"slug": "x"})).status_code == 404
