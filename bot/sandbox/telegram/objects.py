"""The objects that calls carry, field by field."""

from bot.sandbox.telegram.notation import Fields, fields

OBJECTS: dict[str, Fields] = {
    name: fields(notation)
    for name, notation in {
        "InlineKeyboardMarkup": "inline_keyboard!:[[InlineKeyboardButton]]",
        "InlineKeyboardButton": (
            "text!:String icon_custom_emoji_id:String style:String url:String"
            " callback_data:String web_app:WebAppInfo login_url:LoginUrl"
            " switch_inline_query:String switch_inline_query_current_chat:String"
            " switch_inline_query_chosen_chat:SwitchInlineQueryChosenChat"
            " copy_text:CopyTextButton callback_game:CallbackGame pay:Boolean"
        ),
        "WebAppInfo": "url!:String",
        "LoginUrl": (
            "url!:String forward_text:String bot_username:String request_write_access:Boolean"
        ),
        "SwitchInlineQueryChosenChat": (
            "query:String allow_user_chats:Boolean allow_bot_chats:Boolean"
            " allow_group_chats:Boolean allow_channel_chats:Boolean"
        ),
        "CopyTextButton": "text!:String",
        "CallbackGame": "",
        "ReplyKeyboardMarkup": (
            "keyboard!:[[KeyboardButton]] is_persistent:Boolean resize_keyboard:Boolean"
            " one_time_keyboard:Boolean input_field_placeholder:String selective:Boolean"
        ),
        "KeyboardButton": (
            "text!:String icon_custom_emoji_id:String style:String"
            " request_users:KeyboardButtonRequestUsers request_chat:KeyboardButtonRequestChat"
            " request_managed_bot:KeyboardButtonRequestManagedBot request_contact:Boolean"
            " request_location:Boolean request_poll:KeyboardButtonPollType web_app:WebAppInfo"
        ),
        "ReplyKeyboardRemove": "remove_keyboard!:Boolean selective:Boolean",
        "ForceReply": "force_reply!:Boolean input_field_placeholder:String selective:Boolean",
        "LinkPreviewOptions": (
            "is_disabled:Boolean url:String prefer_small_media:Boolean"
            " prefer_large_media:Boolean show_above_text:Boolean"
        ),
        "ReplyParameters": (
            "message_id!:Integer chat_id:Integer|String allow_sending_without_reply:Boolean"
            " quote:String quote_parse_mode:String quote_entities:[MessageEntity]"
            " quote_position:Integer checklist_task_id:Integer poll_option_id:String"
        ),
        "MessageEntity": (
            "type!:String offset!:Integer length!:Integer url:String user:User language:String"
            " custom_emoji_id:String unix_time:Integer date_time_format:String"
        ),
        "InputMediaPhoto": (
            "type!:String media!:String caption:String parse_mode:String"
            " caption_entities:[MessageEntity] show_caption_above_media:Boolean"
            " has_spoiler:Boolean"
        ),
        "InputMediaDocument": (
            "type!:String media!:String thumbnail:String caption:String parse_mode:String"
            " caption_entities:[MessageEntity] disable_content_type_detection:Boolean"
        ),
        "BotCommand": "command!:String description!:String",
        "BotCommandScopeDefault": "type!:String",
        "BotCommandScopeAllPrivateChats": "type!:String",
        "BotCommandScopeAllGroupChats": "type!:String",
        "BotCommandScopeAllChatAdministrators": "type!:String",
        "BotCommandScopeChat": "type!:String chat_id!:Integer|String",
        "BotCommandScopeChatAdministrators": "type!:String chat_id!:Integer|String",
        "BotCommandScopeChatMember": "type!:String chat_id!:Integer|String user_id!:Integer",
        "MenuButtonCommands": "type!:String",
        "MenuButtonWebApp": "type!:String text!:String web_app!:WebAppInfo",
        "MenuButtonDefault": "type!:String",
        "ReactionTypeEmoji": "type!:String emoji!:String",
        "ReactionTypeCustomEmoji": "type!:String custom_emoji_id!:String",
        "ReactionTypePaid": "type!:String",
        "ChatAdministratorRights": (
            "is_anonymous!:Boolean can_manage_chat!:Boolean can_delete_messages!:Boolean"
            " can_manage_video_chats!:Boolean can_restrict_members!:Boolean"
            " can_promote_members!:Boolean can_change_info!:Boolean can_invite_users!:Boolean"
            " can_post_stories!:Boolean can_edit_stories!:Boolean can_delete_stories!:Boolean"
            " can_post_messages:Boolean can_edit_messages:Boolean can_pin_messages:Boolean"
            " can_manage_topics:Boolean can_manage_direct_messages:Boolean"
            " can_manage_tags:Boolean"
        ),
        "InlineQueryResultCachedPhoto": (
            "type!:String id!:String photo_file_id!:String title:String description:String"
            " caption:String parse_mode:String caption_entities:[MessageEntity]"
            " show_caption_above_media:Boolean reply_markup:InlineKeyboardMarkup"
            " input_message_content:InputMessageContent"
        ),
        "InlineQueryResultCachedDocument": (
            "type!:String id!:String title!:String document_file_id!:String description:String"
            " caption:String parse_mode:String caption_entities:[MessageEntity]"
            " reply_markup:InlineKeyboardMarkup input_message_content:InputMessageContent"
        ),
        "InlineQueryResultArticle": (
            "type!:String id!:String title!:String input_message_content!:InputMessageContent"
            " reply_markup:InlineKeyboardMarkup url:String description:String"
            " thumbnail_url:String thumbnail_width:Integer thumbnail_height:Integer"
        ),
        "InlineQueryResultsButton": "text!:String web_app:WebAppInfo start_parameter:String",
    }.items()
}

# Unions whose members are told apart by their field "type".
UNIONS: dict[str, dict[str, str]] = {
    "InputMedia": {"photo": "InputMediaPhoto", "document": "InputMediaDocument"},
    # Of those with a file only the cached ones: this server gets nothing from the web.
    "InlineQueryResult": {
        "photo": "InlineQueryResultCachedPhoto",
        "document": "InlineQueryResultCachedDocument",
        "article": "InlineQueryResultArticle",
    },
    "BotCommandScope": {
        "default": "BotCommandScopeDefault",
        "all_private_chats": "BotCommandScopeAllPrivateChats",
        "all_group_chats": "BotCommandScopeAllGroupChats",
        "all_chat_administrators": "BotCommandScopeAllChatAdministrators",
        "chat": "BotCommandScopeChat",
        "chat_administrators": "BotCommandScopeChatAdministrators",
        "chat_member": "BotCommandScopeChatMember",
    },
    "MenuButton": {
        "commands": "MenuButtonCommands",
        "web_app": "MenuButtonWebApp",
        "default": "MenuButtonDefault",
    },
    "ReactionType": {
        "emoji": "ReactionTypeEmoji",
        "custom_emoji": "ReactionTypeCustomEmoji",
        "paid": "ReactionTypePaid",
    },
}

# Objects that are taken as they are: nothing here looks into them.
UNOPENED = frozenset(
    {
        "User",
        "KeyboardButtonRequestUsers",
        "KeyboardButtonRequestChat",
        "KeyboardButtonRequestManagedBot",
        "KeyboardButtonPollType",
        "SuggestedPostParameters",
        "InputRichMessage",
        "InputMessageContent",
    }
)
