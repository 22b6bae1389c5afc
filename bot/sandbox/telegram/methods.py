"""The Bot API's methods that are kept here, with all their parameters."""

from bot.sandbox.telegram.notation import Fields, fields

_WHERE = (
    "business_connection_id:String chat_id!:Integer|String message_thread_id:Integer"
    " direct_messages_topic_id:Integer"
)
_HOW = (
    "disable_notification:Boolean protect_content:Boolean allow_paid_broadcast:Boolean"
    " message_effect_id:String"
)
_MARKUP = "InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove|ForceReply"
_SENT = (
    f"{_HOW} suggested_post_parameters:SuggestedPostParameters"
    f" reply_parameters:ReplyParameters reply_markup:{_MARKUP}"
)
_CAPTION = "caption:String parse_mode:String caption_entities:[MessageEntity]"
_EDITED = (
    "business_connection_id:String chat_id:Integer|String message_id:Integer"
    " inline_message_id:String"
)
_ALBUM = (
    "[InputMediaAudio]|[InputMediaDocument]|[InputMediaLivePhoto]"
    "|[InputMediaPhoto]|[InputMediaVideo]"
)

METHODS: dict[str, Fields] = {
    name: fields(notation)
    for name, notation in {
        "getMe": "",
        "getUpdates": "offset:Integer limit:Integer timeout:Integer allowed_updates:[String]",
        "setWebhook": (
            "url!:String certificate:InputFile ip_address:String max_connections:Integer"
            " allowed_updates:[String] drop_pending_updates:Boolean secret_token:String"
        ),
        "deleteWebhook": "drop_pending_updates:Boolean",
        "getWebhookInfo": "",
        "sendMessage": (
            f"{_WHERE} text!:String parse_mode:String entities:[MessageEntity]"
            f" link_preview_options:LinkPreviewOptions {_SENT}"
        ),
        "sendPhoto": (
            f"{_WHERE} photo!:InputFile|String {_CAPTION} show_caption_above_media:Boolean"
            f" has_spoiler:Boolean {_SENT}"
        ),
        "sendDocument": (
            f"{_WHERE} document!:InputFile|String thumbnail:InputFile|String {_CAPTION}"
            f" disable_content_type_detection:Boolean {_SENT}"
        ),
        "sendMediaGroup": f"{_WHERE} media!:{_ALBUM} {_HOW} reply_parameters:ReplyParameters",
        "sendChatAction": (
            "business_connection_id:String chat_id!:Integer|String message_thread_id:Integer"
            " action!:String"
        ),
        "copyMessage": (
            "chat_id!:Integer|String message_thread_id:Integer direct_messages_topic_id:Integer"
            " from_chat_id!:Integer|String message_id!:Integer video_start_timestamp:Integer"
            f" {_CAPTION} show_caption_above_media:Boolean {_SENT}"
        ),
        "editMessageText": (
            f"{_EDITED} text:String parse_mode:String entities:[MessageEntity]"
            " link_preview_options:LinkPreviewOptions rich_message:InputRichMessage"
            " reply_markup:InlineKeyboardMarkup"
        ),
        "editMessageCaption": (
            f"{_EDITED} {_CAPTION} show_caption_above_media:Boolean"
            " reply_markup:InlineKeyboardMarkup"
        ),
        "editMessageMedia": f"{_EDITED} media!:InputMedia reply_markup:InlineKeyboardMarkup",
        "editMessageReplyMarkup": f"{_EDITED} reply_markup:InlineKeyboardMarkup",
        "deleteMessage": "chat_id!:Integer|String message_id!:Integer",
        "deleteMessages": "chat_id!:Integer|String message_ids!:[Integer]",
        "answerCallbackQuery": (
            "callback_query_id!:String text:String show_alert:Boolean url:String cache_time:Integer"
        ),
        "getFile": "file_id!:String",
        "getUserProfilePhotos": "user_id!:Integer offset:Integer limit:Integer",
        "getChat": "chat_id!:Integer|String",
        "getChatMember": "chat_id!:Integer|String user_id!:Integer",
        "setMessageReaction": (
            "chat_id!:Integer|String message_id!:Integer reaction:[ReactionType] is_big:Boolean"
        ),
        "getChatAdministrators": "chat_id!:Integer|String return_bots:Boolean",
        "getChatMemberCount": "chat_id!:Integer|String",
        "setChatPhoto": "chat_id!:Integer|String photo!:InputFile",
        "deleteChatPhoto": "chat_id!:Integer|String",
        "pinChatMessage": (
            "business_connection_id:String chat_id!:Integer|String message_id!:Integer"
            " disable_notification:Boolean"
        ),
        "unpinChatMessage": (
            "business_connection_id:String chat_id!:Integer|String message_id:Integer"
        ),
        "answerInlineQuery": (
            "inline_query_id!:String results!:[InlineQueryResult] cache_time:Integer"
            " is_personal:Boolean next_offset:String button:InlineQueryResultsButton"
        ),
        "leaveChat": "chat_id!:Integer|String",
        "setMyCommands": "commands!:[BotCommand] scope:BotCommandScope language_code:String",
        "getMyCommands": "scope:BotCommandScope language_code:String",
        "deleteMyCommands": "scope:BotCommandScope language_code:String",
        "setMyDescription": "description:String language_code:String",
        "getMyDescription": "language_code:String",
        "setMyShortDescription": "short_description:String language_code:String",
        "getMyShortDescription": "language_code:String",
        "setMyName": "name:String language_code:String",
        "setMyDefaultAdministratorRights": "rights:ChatAdministratorRights for_channels:Boolean",
        "getMyDefaultAdministratorRights": "for_channels:Boolean",
        "setChatMenuButton": "chat_id:Integer menu_button:MenuButton",
    }.items()
}

# The real server takes a method's name in any case.
NAMES = {name.lower(): name for name in METHODS}

# Known to the real server, but what they address is not kept here.
NOT_KEPT = frozenset(
    {
        "business_connection_id",
        "direct_messages_topic_id",
        "inline_message_id",
        "rich_message",
        "suggested_post_parameters",
    }
)

# What the real server says of a required parameter that is missing; any other is
# 'parameter "x" is required'.
WHEN_MISSING = {
    "action": "wrong parameter action in request",
    "chat_id": "chat_id is empty",
    "document": "there is no document in the request",
    "file_id": "file_id not specified",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "photo": "there is no photo in the request",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
}
