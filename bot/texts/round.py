"""What is read of a round: one card, pop-ups of at most 200 characters (Bot API), and the private
chat of whoever sends a selfie.
"""

from collections.abc import Callable

from bot.domain.order import Failure


class RoundTexts:
    """The part of `Texts` that rounds read."""

    _: Callable[[str], str]

    # The card

    def round_title(self, words: str, look: str, *, goes_on: bool) -> str:
        """Args: goes_on: the words continue the sentence, as in "All of us as pirates"."""
        title = self._("👥 All of us")
        if words:
            line = self._("{title} {words}") if goes_on else self._("{title}: {words}")
            title = line.format(title=title, words=words)
        return self._("{title} · {look}").format(title=title, look=look) if look else title

    def round_which_look(self, name: str, title: str) -> str:
        if not name:
            return self._("{title}. Which look?").format(title=title)
        return self._("{title}. {name}, which look?").format(title=title, name=name)

    def round_invitation(self) -> str:
        return self._(
            "“Put me in” draws you from your profile photo, “Use a selfie” from one that nobody "
            "here sees. One credit each."
        )

    def round_members(self, names: str) -> str:
        return self._("In it: {names}").format(names=names)

    def round_drawing(self, names: str) -> str:
        return self._("Being drawn: {names}").format(names=names)

    def round_resting(self) -> str:
        return self._("😴 I'm resting for now. Whoever is in is drawn as soon as I'm back.")

    def round_slow(self) -> str:
        return self._("⏳ The drawing service is slow just now, so it takes longer.")

    def round_failed(self, names: str) -> str:
        return self._("Didn't work out: {names}.").format(names=names)

    def round_why(self, name: str, why: str) -> str:
        return self._("{name} ({why})").format(name=name, why=why)

    def round_failure(self, failure: Failure | None) -> str:
        """What everybody may read: what is wrong with a photo is told to its owner alone."""
        match failure:
            case Failure.FLAGGED:
                return self._("the safety filter held it back")
            case Failure.PHOTO | Failure.PHOTO_GONE:
                return self._("the photo can't be used")
            case Failure.REFUSED | Failure.PROVIDER:
                return self._("the drawing service couldn't make it")
            case Failure.TAKEN_OUT | None:
                return self._("it was stopped")
            case _:
                return self._("nothing came")

    def round_try_again(self) -> str:
        return self._("Tap “Put me in” to try again.")

    def and_more(self, names: str, count: int) -> str:
        return self._("{names} and {count} more").format(names=names, count=count)

    def round_over(self) -> str:
        return self._("Nobody is in it, so there is no picture this time.")

    def round_ask_photo(self) -> str:
        return self._("Make this the group's photo?")

    def round_ask_first(self, most: int) -> str:
        """`most` faces are as many as a chat photo's circle has room for."""
        return self._(
            "Make the first {most} the group's photo? It's shown as a circle, and more faces "
            "wouldn't fit."
        ).format(most=most)

    def round_no_right(self) -> str:
        return self._(
            "I'm not allowed to change the group's photo yet. An admin can allow it with one tap."
        )

    def round_photo_set(self) -> str:
        return self._("It's the group's photo now.")

    def round_first_set(self, most: int) -> str:
        return self._("The first {most} are the group's photo now.").format(most=most)

    # Buttons

    def round_join(self) -> str:
        return self._("🙋 Put me in")

    def round_selfie(self) -> str:
        return self._("🤳 Use a selfie")

    def round_mine(self) -> str:
        return self._("🖼 Get mine")

    def round_leave(self) -> str:
        return self._("🚪 Leave")

    def round_finish(self) -> str:
        return self._("🏁 Finish")

    def round_never_mind(self) -> str:
        return self._("✖️ Never mind")

    def round_set_photo(self) -> str:
        return self._("📌 Set as group photo")

    def round_yes(self) -> str:
        return self._("✅ Yes")

    def round_no(self) -> str:
        return self._("✖️ No")

    def round_allow(self) -> str:
        return self._("🔑 Allow it")

    # Pop-ups

    def round_first_tap(self) -> str:
        return self._(
            "I take your profile photo, Each Labs draws it, our copy is deleted afterwards. If "
            "you're 18 or older and that's fine, tap “Put me in” once more."
        )

    def round_joined(self) -> str:
        return self._("You're in! I'm drawing you.")

    def round_already_in(self) -> str:
        return self._("You're in already.")

    def round_full(self) -> str:
        return self._("All the places are taken.")

    def round_is_over(self) -> str:
        return self._("This round is over.")

    def round_no_profile_photo(self) -> str:
        return self._("I can't see a profile photo of yours. Tap “Use a selfie” instead.")

    def round_no_face(self, problem: str) -> str:
        """`problem` is what is wrong with the profile photo."""
        return self._("Your profile photo: {problem} Tap “Use a selfie” instead.").format(
            problem=problem
        )

    def round_left(self) -> str:
        return self._("You're out.")

    def round_not_in(self) -> str:
        return self._("You aren't in it.")

    def round_not_drawn(self) -> str:
        return self._("Yours isn't there yet.")

    def round_yours_failed(self, why: str) -> str:
        return self._("Yours didn't work out: {why}.").format(why=why)

    def round_file_comes(self) -> str:
        return self._("It comes in our private chat.")

    def round_starter_only(self, name: str) -> str:
        return self._("Only {name} or an admin of the group can do that.").format(name=name)

    def round_admin_only(self) -> str:
        return self._("Only an admin of the group can do that.")

    def round_info_only(self) -> str:
        return self._("Only an admin who may change the group's info can do that.")

    def round_no_picture(self) -> str:
        return self._("There is no picture yet.")

    def round_one_moment(self) -> str:
        return self._("One moment…")

    # In the group, as an answer to the command

    def round_open_already(self) -> str:
        return self._("There's a round already. Put yourself in!")

    def round_yours_already(self) -> str:
        return self._("Your round is there already.")

    def round_undecided(self, name: str) -> str:
        if not name:
            return self._("An admin is choosing the look of a round right now.")
        return self._("{name} is choosing the look of a round right now.").format(name=name)

    def round_photo_failed(self) -> str:
        return self._("Telegram didn't take the picture as the group's photo. Try once more.")

    def round_not_begun(self) -> str:
        return self._("I couldn't show the round here, so it's over. Just ask again.")

    # In the private chat

    def round_stranger(self) -> str:
        return self._("I can't find you in that group just now. Only its members can join.")

    def round_send_selfie(self, title: str, words: str) -> str:
        return self._(
            "Send me a photo of your face, and I put you into the picture of “{title}”: {words}. "
            "They only see the drawing, never the photo.\n\n"
            "By sending it you say: I'm 18 or older, and it's me. Each Labs draws it; our "
            "uploaded copy is deleted afterwards. /cancel if you'd rather not. /privacy"
        ).format(title=title, words=words)

    def round_selfie_in(self, title: str) -> str:
        return self._("You're in! Your drawing appears in “{title}”.").format(title=title)

    def round_send_another(self, problem: str) -> str:
        return self._("{problem} Send me another one.").format(problem=problem)

    def round_file(self) -> str:
        return self._("Here you are, in full quality.")

    def round_no_file(self) -> str:
        return self._("I can't get your picture any more.")
