"""From a round's picture to the group's photo: who may say so, and what comes next."""

from enum import StrEnum

from bot.domain.round import Question, Round, RoundState


class Answer(StrEnum):
    """What was tapped on a finished round's card."""

    ASK = "ask"
    YES = "yes"
    NO = "no"


def next_question(round_: Round, answer: Answer, *, bot_may: bool) -> Question | None:
    """What the card asks next; None where the tap means nothing any more.

    Args: bot_may: the bot has the right to change the group's photo.
    """
    if round_.state is not RoundState.FINISHED or not round_.composed:
        return None
    match answer:
        case Answer.ASK if round_.question in {Question.NONE, Question.RIGHT}:
            return Question.PHOTO if bot_may else Question.RIGHT
        case Answer.YES if round_.question is Question.PHOTO:
            return Question.SETTING if bot_may else Question.RIGHT
        case Answer.NO if round_.question in {Question.PHOTO, Question.RIGHT}:
            return Question.NONE
        case _:
            return None
