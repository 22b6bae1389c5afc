"""aiogram as its documentation shows a conversation: states, kept in memory."""

import asyncio
from typing import Any

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import (
    CallbackQuery,
    FSInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from tests.benchmarks.peers import words

router = Router()
sheet = words.Sheet()


class Making(StatesGroup):
    consent = State()
    making = State()


def keyboard(rows: list[list[tuple[str, str]]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=data) for label, data in row]
            for row in rows
        ]
    )


async def show(message: Message, bot: Bot, state: FSMContext, caption: str, rows: Any) -> None:
    """A new card below; the old one goes."""
    photo = sheet.file_id or FSInputFile(words.SHEET)
    sent = await message.answer_photo(photo, caption=caption, reply_markup=keyboard(rows))
    sheet.file_id = sent.photo[-1].file_id
    old = (await state.get_data()).get("card")
    await state.update_data(card=sent.message_id)
    if old is not None:
        await bot.delete_message(message.chat.id, old)


@router.message(CommandStart())
async def start(message: Message, bot: Bot, state: FSMContext) -> None:
    await state.set_state(Making.consent)
    await state.update_data(photos=[], words="")
    await show(message, bot, state, words.HELLO, words.HELLO_BUTTONS)


@router.callback_query(Making.consent, F.data == "agree")
async def agree(query: CallbackQuery, state: FSMContext) -> None:
    await state.set_state(Making.making)
    await query.answer()
    await query.message.edit_caption(caption=words.ASK_PHOTO)


@router.message(Making.making, F.photo)
async def photo(message: Message, bot: Bot, state: FSMContext) -> None:
    photos = [*(await state.get_data())["photos"], message.photo[-1].file_id]
    await state.update_data(photos=photos)
    caption = words.PHOTOS.format(count=len(photos))
    await show(message, bot, state, caption, words.looks_buttons(len(photos)))


@router.message(Making.making, F.text)
async def text(message: Message, bot: Bot, state: FSMContext) -> None:
    photos = (await state.update_data(words=message.text))["photos"]
    caption = words.WORDS.format(words=message.text)
    await show(message, bot, state, caption, words.looks_buttons(len(photos)))


@router.callback_query(Making.making, F.data.startswith("look:"))
async def look(query: CallbackQuery, state: FSMContext) -> None:
    said = (await state.get_data())["words"]
    await query.answer()
    label = words.LOOKS[int(query.data.partition(":")[2])]
    await query.message.edit_caption(caption=words.DRAWING.format(look=label, words=said))
    await state.clear()


async def main() -> None:
    server = TelegramAPIServer.from_base(words.API_URL)
    async with Bot(words.TOKEN, session=AiohttpSession(api=server)) as bot:
        dispatcher = Dispatcher(storage=MemoryStorage())
        dispatcher.include_router(router)
        print("ready", flush=True)
        await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
