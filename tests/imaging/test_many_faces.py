"""Faces put together in a worker."""

from io import BytesIO

import pytest
from PIL import Image

from bot.domain.photo import PhotoProblem
from bot.errors import PhotoRefused
from bot.imaging import Imaging
from tests.world import FACE


async def test_faces_become_one_picture_and_what_is_none_is_refused() -> None:
    face = FACE.read_bytes()
    async with Imaging(workers=1) as imaging:
        for number in (1, 9, 25):
            picture = Image.open(BytesIO(await imaging.compose([face] * number)))
            assert (picture.format, picture.width) == ("JPEG", 1280)
        with pytest.raises(PhotoRefused) as refused:
            await imaging.compose([face, b"no picture"])
        assert refused.value.problem == PhotoProblem.NOT_A_PICTURE
