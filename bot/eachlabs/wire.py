"""What the provider's answers say, read tolerantly: its own pages disagree on names and types."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import BadAnswer

Model = TypeVar("Model", bound=BaseModel)

# How deep an `output` object is searched for links.
OUTPUT_DEPTH = 6


class State(StrEnum):
    """How a prediction stands; `RUNNING` is whatever isn't known to be an end."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Seen on the provider's pages: success, error, failed, cancelled, succeeded, completed.
_ENDS: Mapping[str, State] = {
    "success": State.SUCCEEDED,
    "succeeded": State.SUCCEEDED,
    "successful": State.SUCCEEDED,
    "completed": State.SUCCEEDED,
    "complete": State.SUCCEEDED,
    "error": State.FAILED,
    "errored": State.FAILED,
    "failed": State.FAILED,
    "failure": State.FAILED,
    "cancelled": State.CANCELLED,
    "canceled": State.CANCELLED,
}


def state_of(word: str) -> State:
    return _ENDS.get(word.strip().lower(), State.RUNNING)


def number(value: object) -> float | None:
    """A finite number from a number or from text that holds one; anything else is None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _moment(value: object) -> datetime | None:
    """RFC 3339; a time without a zone is taken for UTC."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(_text(value).strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): _text(content) for name, content in value.items() if content is not None}


def _object(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[float | None, BeforeValidator(number)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Headers = Annotated[dict[str, str], BeforeValidator(_headers)]
Object = Annotated[dict[str, Any], BeforeValidator(_object)]
Given = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Created(_Answer):
    """The answer to a create; without an id it is none."""

    id: Given = Field(
        validation_alias=AliasChoices("predictionID", "predictionId", "prediction_id")
    )


class Upload(_Answer):
    """A place for one file.

    Args:
        id: what DELETE takes.
        presigned_url: takes one PUT within 15 minutes; a secret until then.
        public_url: reads the file, for whoever has it.
        required_headers: go with the PUT as they are.
    """

    id: Given
    presigned_url: Given = Field(repr=False)
    public_url: Given
    required_headers: Headers = Field(default_factory=dict)


class Execution(_Answer):
    """A prediction of the whole organisation; without its input.

    Args:
        output: the first of its outputs.
        run_time: seconds. cost: USD.
    """

    id: Text = ""
    word: Text = Field("", validation_alias=AliasChoices("status", "word"))
    created_at: Moment = None
    output: Text = ""
    run_time: Number = None
    cost: Number = Field(None, validation_alias=AliasChoices("execution_cost", "cost"))

    @property
    def state(self) -> State:
        return state_of(self.word)

    def prediction(self) -> "Prediction":
        """The same, as an answer for this prediction alone would say it."""
        return Prediction(
            id=self.id,
            state=self.state,
            word=self.word,
            outputs=(self.output,) if self.output and self.state is State.SUCCEEDED else (),
            predict_time=self.run_time,
            cost=self.cost,
        )


class Page(_Answer):
    """Executions, newest or oldest first as the provider likes.

    The list is over when a page holds fewer rows than were asked for.
    """

    executions: Annotated[tuple[Execution, ...], BeforeValidator(lambda rows: rows or ())]


@dataclass(frozen=True)
class Prediction:
    """A prediction as the provider tells it.

    Args:
        word: the provider's own word for the state.
        error: why it failed.
        outputs: links; with the safety checker on, those that it flagged are left out.
        input: as it was sent, if the provider echoes it.
        predict_time: seconds that are billed.
        cost: USD.
        retry_after: seconds until it wants to be asked again, if it said so.
    """

    id: str
    state: State
    word: str = ""
    outputs: tuple[str, ...] = ()
    error: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict)
    predict_time: float | None = None
    cost: float | None = None
    retry_after: float | None = None


class _Metrics(_Answer):
    predict_time: Number = None
    cost: Number = None


class _PredictionBody(_Answer):
    id: Text = Field("", validation_alias=AliasChoices("id", "predictionID"))
    status: Text = ""
    input: Object = Field(default_factory=dict)
    output: Any = None
    error: Any = None
    logs: Text = ""
    metrics: Annotated[_Metrics, BeforeValidator(_object)] = _Metrics()


def read_prediction(
    body: object, *, prediction_id: str = "", retry_after: float | None = None
) -> Prediction:
    """A prediction from an answer, which may leave out its id.

    Raises:
        BadAnswer: it names neither a prediction nor a state.
    """
    found = read(_PredictionBody, body)
    if not found.status and not found.id:
        raise BadAnswer("neither id nor status in what should be a prediction")
    state = state_of(found.status)
    return Prediction(
        id=found.id or prediction_id,
        state=state,
        word=found.status,
        outputs=() if state is State.FAILED else tuple(_links(found.output)),
        error=_error(found) if state is State.FAILED else None,
        input=found.input,
        predict_time=found.metrics.predict_time,
        cost=found.metrics.cost,
        retry_after=retry_after,
    )


def _links(output: object) -> Iterator[str]:
    """Links of a text, a list or an object, each once and in order."""
    if isinstance(output, str):
        yield from (output,) if output.strip() else ()
    elif isinstance(output, list) and all(isinstance(one, str | None) for one in output):
        yield from (one for one in output if one and one.strip())
    else:
        yield from dict.fromkeys(_searched(output, OUTPUT_DEPTH))


def _searched(value: object, depth: int) -> Iterator[str]:
    # An object tells other things too, so here only what looks like a link is one.
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        yield value
    elif depth and isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _searched(inner, depth - 1)


def _error(body: _PredictionBody) -> str:
    """From the envelope in `output`, else from `error`, else from the end of the logs."""
    for told in (body.output, body.error):
        if isinstance(told, Mapping):
            return _from_envelope(told)
        if isinstance(told, str) and told.strip():
            return told.strip()
    lines = [line.strip() for line in body.logs.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def _from_envelope(told: Mapping[str, Any]) -> str:
    names = ("error_message", "message", "error_code", "code")
    return next(filter(None, (_text(told.get(name)) for name in names)), "no reason given")


def read(model: type[Model], body: object) -> Model:
    """The body as a model.

    Raises:
        BadAnswer: which fields are missing, without their values: some are secret.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        problems = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told)
        raise BadAnswer("; ".join(problems)) from None
