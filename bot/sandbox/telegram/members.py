"""A chat's members: their standing, their rights, and how the Bot API tells of them."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

# Bot API: ChatAdministratorRights in a group; those of channels only are left out.
ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_tags",
)

# Bot API: ChatPermissions.
SENDING = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
)
PERMISSIONS = (
    *SENDING,
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
# What members of a new group may do.
USUAL = frozenset(SENDING) | {"can_invite_users"}


@dataclass(frozen=True, slots=True)
class Member:
    """`status` is in the Bot API's words; `rights` are an administrator's or a restricted one's."""

    status: str = "member"
    rights: frozenset[str] = frozenset()
    is_anonymous: bool = False
    custom_title: str | None = None

    @property
    def is_in(self) -> bool:
        return self.status not in {"left", "kicked"}

    @property
    def is_admin(self) -> bool:
        return self.status in {"creator", "administrator"}

    def may(self, right: str, permissions: frozenset[str]) -> bool:
        """`permissions` are what the chat lets every member do."""
        match self.status:
            case "creator":
                return True
            case "administrator":
                return right in self.rights or right in SENDING
            case "restricted":
                return right in self.rights & permissions
            case "member":
                return right in permissions
            case _:
                return False


def member_object(user: Json, member: Member) -> Json:
    """Bot API: ChatMember; `user` is the User."""
    view = {"status": member.status, "user": user}
    match member.status:
        case "creator":
            return view | {"is_anonymous": member.is_anonymous} | _title(member)
        case "administrator":
            rights = {name: name in member.rights for name in ADMIN_RIGHTS}
            own = {"can_be_edited": False, "is_anonymous": member.is_anonymous}
            return view | own | rights | _title(member)
        case "restricted":
            permissions = {name: name in member.rights for name in PERMISSIONS}
            return view | {"is_member": True, "until_date": 0} | permissions
        case "kicked":
            return view | {"until_date": 0}
        case _:
            return view


def _title(member: Member) -> Json:
    return {"custom_title": member.custom_title} if member.custom_title else {}
