"""What is read in groups: one message, whose sentences are few."""

from collections.abc import Callable


class GroupTexts:
    """The part of `Texts` that groups read."""

    _: Callable[[str], str]

    def group_title(self, name: str, words: str, *, goes_on: bool) -> str:
        """Args: goes_on: the words continue the name, as in "Ana as a knight"."""
        if not words:
            return name or self._("An avatar")
        title = self._("{name} {words}") if goes_on else self._("{name}: {words}")
        return title.format(name=name, words=words)

    def group_which_look(self, title: str) -> str:
        return self._("{title}. Which look?").format(title=title)

    def group_profile_or_answer(self) -> str:
        return self._(
            "I'll use your profile photo, unless you answer this message with another one."
        )

    def group_answer_with_photo(self) -> str:
        return self._("Answer this message with a photo of one face.")

    def group_agree(self) -> str:
        return self._("✅ Agree")

    def group_consent(self, name: str) -> str:
        return self._(
            "{name}, one tap first: you're 18 or older, and it's you or you have their OK. Each "
            "Labs draws it; our uploaded copy is deleted afterwards."
        ).format(name=name)

    def group_subject(self, subject: str, title: str) -> str:
        """`subject` is the person in the picture."""
        return self._(
            "{title}, from {subject}'s photo. {subject}, may I draw you? Each Labs draws it; our "
            "uploaded copy is deleted afterwards."
        ).format(title=title, subject=subject)

    def group_subject_gone(self, subject: str, title: str) -> str:
        return self._(
            "{title}, from {subject}'s photo. I can't ask {subject} here: do you have their OK? "
            "Each Labs draws it; our uploaded copy is deleted afterwards."
        ).format(title=title, subject=subject)

    def group_have_ok(self) -> str:
        return self._("✅ I have their OK")

    def group_fine(self) -> str:
        return self._("✅ Yes, it's fine")

    def group_no(self) -> str:
        return self._("✖️ No")

    def group_never_mind(self) -> str:
        return self._("✖️ Never mind")

    def group_draw(self) -> str:
        return self._("🎨 Draw it")

    def group_make_yours(self) -> str:
        return self._("✨ Make yours")

    def group_png(self) -> str:
        return self._("PNG")

    def group_file_comes(self) -> str:
        return self._("The file is on its way.")

    def group_file_is_there(self) -> str:
        return self._("It's there already: the file below the picture.")

    def group_no_file(self) -> str:
        return self._("I can't get that file just now. Tap PNG once more in a while.")

    def group_no_files(self) -> str:
        return self._("I'm not allowed to send files here. An admin of the group can change that.")

    def group_no_photos(self) -> str:
        return self._("I'm not allowed to send photos here. An admin of the group can change that.")

    def group_no_words(self) -> str:
        return self._("I'm not allowed to write here. An admin of the group can change that.")

    def group_unsaid(self, title: str, sentence: str) -> str:
        """In private: what could not be said in the group."""
        if not title:
            return self._("I couldn't say this in the group: {sentence}").format(sentence=sentence)
        return self._("I couldn't say this in “{title}”: {sentence}").format(
            title=title, sentence=sentence
        )

    def group_channel(self) -> str:
        return self._("I draw for people, not for channels. Write as yourself, and I will.")

    # After the bot was thrown out

    def group_came_home(self) -> str:
        return self._("I can't bring this one into the group any more, so here it is.")

    def group_left_behind(self) -> str:
        return self._("I was taken out of this group, so nothing came of this one. Just ask again.")

    # A photo that comes in private

    def group_send_privately(self) -> str:
        return self._("🤫 Send a photo privately")

    def errand(self, words: str) -> str:
        if not words:
            return self._(
                "Send me a photo of one face for your avatar in the group. The photo stays between "
                "us: the group sees only the avatar."
            )
        return self._(
            "Send me a photo of one face for “{words}” in the group. The photo stays between us: "
            "the group sees only the avatar."
        ).format(words=words)

    def group_back(self) -> str:
        return self._("↩️ Back to the group")

    def errand_over(self) -> str:
        return self._("That order is over, or was never there. Ask once more in the group.")

    def errand_not_yours(self) -> str:
        return self._(
            "That link is for the one who asked. Ask for an avatar of your own in the group, and "
            "you get yours."
        )

    # Pop-ups

    def group_not_yours(self) -> str:
        return self._("This one isn't yours. Ask for your own, and you get one.")

    def group_not_subject(self, name: str) -> str:
        return self._("Only {name} can say that.").format(name=name)

    def group_read_again(self) -> str:
        return self._("The words have just changed. Read them once more.")

    def group_subject_no(self, subject: str) -> str:
        return self._("{subject} would rather not be drawn.").format(subject=subject)

    def group_not_admin(self) -> str:
        return self._("Only the admin who asked can do that.")

    def group_on_it(self) -> str:
        return self._("On it. The picture comes here.")

    def group_too_old(self) -> str:
        return self._("This one is over. Just ask for a new one.")
