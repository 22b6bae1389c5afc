"""What the bot asks about itself, people and files."""

from typing import Any

from bot.sandbox.telegram.handlers.request import Handler, Request
from bot.sandbox.telegram.views import photo_object, user_object

Json = Any

MOST_PHOTOS = 100


async def get_me(request: Request) -> Json:
    return user_object(request.state.chats.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": request.state.knobs.inline_mode,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_file(request: Request) -> Json:
    file, path = request.state.files.link(request["file_id"])
    return {
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "file_size": len(file.data),
        "file_path": path,
    }


async def get_user_profile_photos(request: Request) -> Json:
    photos = request.user().profile_photos
    offset = max(0, request.get("offset", 0))
    limit = max(1, min(request.get("limit", MOST_PHOTOS), MOST_PHOTOS))
    return {
        "total_count": len(photos),
        "photos": [photo_object(photo) for photo in photos[offset : offset + limit]],
    }


HANDLERS: dict[str, Handler] = {
    "getMe": get_me,
    "getFile": get_file,
    "getUserProfilePhotos": get_user_profile_photos,
}
