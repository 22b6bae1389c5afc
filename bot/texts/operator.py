"""What the bot's own admins read, once each."""

from collections.abc import Callable

from bot.domain.chat import Allowance


class OperatorTexts:
    """The part of `Texts` that whoever runs the bot reads."""

    _: Callable[[str], str]
    _n: Callable[[str, str, int], str]

    def claimed(self) -> str:
        return self._(
            "This bot is yours now: you're its admin, and I'll tell you when something is wrong."
        )

    def not_claimed(self) -> str:
        return self._("That link has been used already, or it isn't mine.")

    # The provider's bad days

    def admin_key_refused(self) -> str:
        return self._(
            "⚠️ Each Labs doesn't accept the API key. New orders are kept. Put a good key into "
            "EACHLABS_API_KEY and start me again."
        )

    def admin_balance_empty(self) -> str:
        return self._(
            "⚠️ The balance at Each Labs is empty. Orders are kept and drawn when it's back."
        )

    def admin_provider_down(self) -> str:
        return self._(
            "⚠️ Each Labs doesn't work right now. Orders are kept; I try every minute and tell "
            "you when it's back."
        )

    def admin_provider_back(self) -> str:
        return self._("✅ Each Labs draws again; the kept orders are on their way.")

    # A new group

    def operator_new_group(self, title: str, size: int | None, name: str) -> str:
        """`size` are the members, `name` is whoever added the bot; either may be unknown."""
        lines = [self._("👥 I'm in a new group: {title}").format(title=title)]
        if size is not None:
            lines.append(self._n("{count} member.", "{count} members.", size).format(count=size))
        if name:
            lines.append(self._("{name} added me.").format(name=name))
        return "\n".join(lines)

    def operator_closed(self) -> str:
        return self._("ALLOWED_CHATS, or a cap of 0, keeps me from drawing there.")

    def operator_waits(self) -> str:
        return self._("You had me leave it before. I draw nothing there until you say so.")

    def operator_allow(self) -> str:
        return self._("✅ Allow")

    def operator_ten(self) -> str:
        return self._("🔟 10 a day")

    def operator_leave(self) -> str:
        return self._("👋 Leave")

    def operator_decided(self, allowance: Allowance) -> str:
        """Nothing, where nobody has decided."""
        return {
            Allowance.ASKED: "",
            Allowance.ASKED_AGAIN: "",
            Allowance.ALLOW: self._("✅ Allowed, within your usual limits."),
            Allowance.TEN: self._("🔟 At most ten credits a day."),
            Allowance.LEAVE: self._("👋 I've left it."),
        }[allowance]

    def operator_gone(self) -> str:
        return self._("I'm not in that group any more.")

    def operator_only(self) -> str:
        return self._("Only my operator can say that.")
