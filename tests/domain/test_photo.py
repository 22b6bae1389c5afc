from dataclasses import replace

import pytest

from bot.domain.photo import BLOCKING, Measures, PhotoProblem, inspected, judge

GOOD = Measures(width=800, height=800, format="JPEG", faces=1, sharpness=0.08, brightness=150)


def test_a_clear_photo_of_one_face_has_no_problem() -> None:
    assert judge(GOOD) is None


@pytest.mark.parametrize(
    ("measures", "problem"),
    [
        (replace(GOOD, width=199), PhotoProblem.TOO_SMALL),
        (replace(GOOD, height=199), PhotoProblem.TOO_SMALL),
        (replace(GOOD, width=200, height=200), None),
        (replace(GOOD, brightness=24.9), PhotoProblem.TOO_DARK),
        (replace(GOOD, brightness=25), None),
        (replace(GOOD, sharpness=0.0049), PhotoProblem.BLURRED),
        (replace(GOOD, sharpness=0.005), None),
        (replace(GOOD, faces=2), PhotoProblem.SEVERAL_FACES),
        (replace(GOOD, faces=0), PhotoProblem.NO_FACE),
        # A smooth picture without a face is no blurred portrait.
        (replace(GOOD, faces=0, sharpness=0.004), PhotoProblem.NO_FACE),
        (replace(GOOD, faces=0, sharpness=0.001), PhotoProblem.BLURRED),
    ],
)
def test_thresholds(measures: Measures, problem: PhotoProblem | None) -> None:
    assert judge(measures) is problem


def test_the_cause_is_named_before_its_effect() -> None:
    assert judge(replace(GOOD, faces=0, brightness=10)) is PhotoProblem.TOO_DARK
    assert judge(replace(GOOD, width=90, faces=0, brightness=10)) is PhotoProblem.TOO_SMALL


def test_an_inspection_keeps_the_measures() -> None:
    found = inspected(replace(GOOD, faces=3))
    assert (found.width, found.height, found.format, found.faces) == (800, 800, "JPEG", 3)
    assert found.problem is PhotoProblem.SEVERAL_FACES


def test_what_a_person_may_overrule_is_what_a_detector_can_get_wrong() -> None:
    assert set(PhotoProblem) - BLOCKING == {
        PhotoProblem.TOO_DARK,
        PhotoProblem.BLURRED,
        PhotoProblem.NO_FACE,
        PhotoProblem.SEVERAL_FACES,
    }
