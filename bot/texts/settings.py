"""What is read when the bot comes into a group, and on the settings' card."""

from collections.abc import Callable

from bot.domain.chat import Bar


class SettingsTexts:
    """The part of `Texts` that a group's admins read."""

    _: Callable[[str], str]
    _n: Callable[[str, str, int], str]

    # The hello

    def group_hello(self, bot_name: str) -> str:
        return self._(
            "Hi 👋 I turn photos into avatars. Write /avatar@{bot_name} as a knight: under a "
            "photo, in reply to one, or alone for your profile photo. Otherwise I'm quiet."
        ).format(bot_name=bot_name)

    def group_draw_all(self) -> str:
        return self._("🎨 Draw the whole group")

    def group_how(self) -> str:
        return self._("❓ How it works")

    def group_how_popup(self, bot_name: str) -> str:
        return self._(
            "/avatar@{bot_name} and some words, with a photo of one face: I ask for a look and "
            "draw. Only you can tap your buttons, and nobody's photo is used without their OK."
        ).format(bot_name=bot_name)

    # The settings' card

    def settings(self, title: str) -> str:
        return self._(
            "⚙️ Settings of {title}. Only admins can change them.\n\n"
            "A quick picture is one credit. Tidying up takes away what I say beside pictures after "
            "ten minutes."
        ).format(title=title)

    def settings_on(self, *, on: bool) -> str:
        return self._("🟢 I draw here") if on else self._("⚪ I don't draw here")

    def settings_who(self, *, everyone: bool) -> str:
        return self._("Who may order: everyone") if everyone else self._("Who may order: admins")

    def settings_cap(self, cap: int | None) -> str:
        """Args: cap: credits a day; None: no limit."""
        if cap is None:
            return self._("Group: no daily limit")
        return self._("Group: {cap} credits a day").format(cap=cap)

    def settings_member_cap(self, cap: int | None) -> str:
        if cap is None:
            return self._("Each member: no daily limit")
        return self._("Each member: {cap} a day").format(cap=cap)

    def settings_files(self, *, on: bool) -> str:
        return self._("PNG files: with the picture") if on else self._("PNG files: when asked for")

    def settings_topic(self, *, anywhere: bool, here: bool) -> str:
        if anywhere:
            return self._("Topic: any")
        return self._("Topic: only this one") if here else self._("Topic: another one")

    def settings_tidy(self, *, on: bool) -> str:
        return self._("Tidying up: yes") if on else self._("Tidying up: no")

    def settings_close(self) -> str:
        return self._("Close")

    def settings_for_admins(self) -> str:
        return self._("The admins of this group choose how I work here.")

    def settings_admins_only(self) -> str:
        return self._("Only admins of this group can change that.")

    # What they keep from being drawn

    def barred(self, bar: Bar) -> str:
        return {
            Bar.OFF: self._("The admins of this group have switched me off."),
            Bar.ADMINS_ONLY: self._("In this group only admins can order."),
            Bar.ELSEWHERE: self._("The admins have me draw in another topic of this group."),
        }[bar]

    def group_commands(self) -> list[tuple[str, str]]:
        return [
            ("avatar", self._("Draw me, or who is in the photo")),
            ("groupavatar", self._("Draw the whole group")),
        ]

    def group_admin_commands(self) -> list[tuple[str, str]]:
        return [*self.group_commands(), ("avatarsettings", self._("How I work in this group"))]
