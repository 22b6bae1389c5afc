"""From a round's picture to the group's photo: an admin asks, an admin answers."""

from typing import Final

from bot.callbacks import RoundAction
from bot.deep_links import Start
from bot.domain.group import ANONYMOUS, command_in
from bot.domain.round import Question
from bot.domain.round_photo import Answer, next_question
from handlers.context import Context
from handlers.standing import runs_group
from storage import rounds

ANSWERS: Final = {
    RoundAction.PHOTO: Answer.ASK,
    RoundAction.YES: Answer.YES,
    RoundAction.NO: Answer.NO,
}


async def answer_photo(context: Context, round_id: int, answer: Answer) -> None:
    """Only for admins who may change the group's info themselves."""
    chat_id, outbox = context.key.chat_id, context.services.outbox
    may = await _may_answer(context)
    bot_may = may and await outbox.may_change_info(chat_id, context.bot.id)
    async with context.step() as step:
        round_ = await rounds.load(step.connection, round_id)
        if round_ is None or round_.chat_id != chat_id:
            step.popup = step.t.group_too_old()
        elif not may:
            step.popup = step.t.round_info_only()
        elif not round_.composed:
            step.popup = step.t.round_no_picture()
        else:
            question = next_question(round_, answer, bot_may=bot_may)
            if question is not None:
                await rounds.change(step.connection, round_, question=question)
                step.round_changed(round_.id)
            if question is Question.SETTING:
                step.toast = step.t.round_one_moment()


async def _may_answer(context: Context) -> bool:
    """An anonymous admin's rights can't be asked for; by a message they only ask."""
    if context.user.id == ANONYMOUS:
        return await runs_group(context)
    return await context.services.outbox.may_change_info(context.key.chat_id, context.user.id)


async def on_brought(context: Context) -> None:
    """Somebody followed the link that gives the bot the right: the question comes again."""
    command = command_in(context.message.text or "")
    number = Start.PHOTO.number(command.words) if command else None
    if number is not None:
        await answer_photo(context, number, Answer.ASK)
