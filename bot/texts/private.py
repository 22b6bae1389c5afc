"""What is read in private chats."""

from collections.abc import Callable

from bot.domain.access import Cap
from bot.domain.draft import NoticeKind
from bot.domain.order import Failure, Hold
from bot.domain.photo import PhotoProblem
from bot.domain.photomaker import Style


class PrivateTexts:
    """The part of `Texts` that people read in their own chats."""

    _: Callable[[str], str]
    _n: Callable[[str, str, int], str]

    # What stands on the bot's profile

    def description(self) -> str:
        return self._("Send a selfie, tap a look, get your avatar in half a minute.")

    def short_description(self) -> str:
        return self._("A selfie in, an avatar out: ten looks, private chats and groups.")

    def commands(self) -> list[tuple[str, str]]:
        return [
            ("start", self._("Make an avatar")),
            ("cancel", self._("Stop what is going on")),
            ("help", self._("How it works")),
            ("privacy", self._("What happens to your photos")),
        ]

    # The draft's card

    def hello(self, name: str, credits_: int | None) -> str:
        greeting = self._("Hi {name} 👋").format(name=name) if name else self._("Hi 👋")
        free = self._("Free.")
        if credits_ is not None:
            free = self._("Free, {count} a day.").format(count=credits_)
        promise = self._(
            "{greeting} One photo → you, in ten looks. {free}\n\n"
            "I'm 18 or older, and it's me or I have their OK. Each Labs draws it; our uploaded "
            "copy is deleted afterwards. /privacy"
        )
        return promise.format(greeting=greeting, free=free)

    def photo_waits(self, count: int) -> str:
        return self._n(
            "Your photo is here already: one tap and we go on.",
            "Your {count} photos are here already: one tap and we go on.",
            count,
        ).format(count=count)

    def agree_send(self) -> str:
        return self._("✅ Agree · send a photo")

    def agree_go_on(self) -> str:
        return self._("✅ Agree · go on")

    def agree_profile(self) -> str:
        return self._("✅ Agree · use my profile photo")

    def ask_photo(self) -> str:
        return self._(
            "Send me a photo of one face: a selfie in good light is best. "
            "Up to four of the same person."
        )

    def use_profile(self) -> str:
        return self._("👤 Use my profile photo")

    def use_latest(self) -> str:
        return self._("🕘 Same photo as last time")

    def photo_added(self) -> str:
        return self._("Got it! Tap a look and I'll draw.")

    def photo_good(self) -> str:
        return self._("Lovely, clear face. Tap a look and I'll draw.")

    def photos_good(self, count: int) -> str:
        return self._n(
            "{count} photo. Tap a look and I'll draw.",
            "{count} photos: more angles, more likeness. Tap a look and I'll draw.",
            count,
        ).format(count=count)

    def photos_doubtful(self) -> str:
        return self._("Tap “Use it anyway”, or send another one.")

    def which_photo(self, number: int, problem: str) -> str:
        return self._("Photo {number}: {problem}").format(number=number, problem=problem)

    def invite_words(self) -> str:
        return self._("Or first write what you want to see, like: as a knight")

    def words_line(self, words: str) -> str:
        return self._("✏️ {words}").format(words=words)

    def person_line(self, person: str) -> str:
        return self._("🙂 Drawn as: {person}").format(person=person)

    def ask_words(self) -> str:
        return self._("Write what you want to see, or take an idea. A few words are enough.")

    def ask_person(self) -> str:
        return self._("Who is in the photo? This word goes into the picture's description.")

    def photos_page(self, count: int) -> str:
        return self._n(
            "One photo is in. Send another one, from another angle: that keeps the likeness best.",
            "{count} photos are in. I can use up to four of the same person.",
            count,
        ).format(count=count)

    def problem(self, problem: str) -> str:
        return {
            PhotoProblem.NOT_A_PICTURE: self._("That file is not a picture that I can read."),
            PhotoProblem.ANIMATED: self._("That one moves; I need a still photo."),
            PhotoProblem.TOO_BIG: self._("That file is too big: 20 MB is the most I can take."),
            PhotoProblem.TOO_MANY_PIXELS: self._("That picture is too large to open."),
            PhotoProblem.TOO_SMALL: self._("That photo is very small; a larger one works better."),
            PhotoProblem.TOO_DARK: self._("That photo is very dark."),
            PhotoProblem.BLURRED: self._("That photo is blurred."),
            PhotoProblem.NO_FACE: self._("I can't find a face in that photo."),
            PhotoProblem.SEVERAL_FACES: self._("There are several faces in that photo."),
            PhotoProblem.DAMAGED: self._("That photo is damaged: part of the file is missing."),
            PhotoProblem.UNAVAILABLE: self._("I couldn't get that photo. Please send it again."),
        }[PhotoProblem(problem)]

    def notice(self, kind: NoticeKind, detail: str) -> str:
        if kind is NoticeKind.PHOTO_REFUSED:
            return self.problem(detail)
        return {
            NoticeKind.TOO_MANY_PHOTOS: self._("Four photos are plenty; I keep the first four."),
            NoticeKind.NOT_A_PHOTO: self._("I can only work with photos and words."),
            NoticeKind.NO_PROFILE_PHOTO: self._(
                "I can't see a profile photo of yours. Send me one instead."
            ),
            NoticeKind.NOT_ENGLISH: self._("I'll draw that. English words work best, by the way."),
            NoticeKind.SHORTENED: self._(
                "That's a lot of words: the picture follows about the first sixty."
            ),
            NoticeKind.TYPE_PERSON: self._("Write the word for the person, like: old man"),
            NoticeKind.MORE_LIKE_ME: self._(
                "Send another photo of the same face, from another angle. "
                "Or tap a look: it will stay closer to the photo now."
            ),
            NoticeKind.OTHER_LOOK: self._("Same photo, same words. Which look?"),
            NoticeKind.NEW_WORDS: self._("Write the new words, or take an idea. Then tap a look."),
            NoticeKind.STARTED_OVER: self._("All cleared. A fresh start!"),
            NoticeKind.NO_PHOTO: self.no_photo_then(),
            NoticeKind.NOTHING_TO_CANCEL: self._("There's nothing to cancel."),
            NoticeKind.BROUGHT: self.group_brought(),
            NoticeKind.WENT_WRONG: self._(
                "Something went wrong on my side. Your photos and words are still here; "
                "please try that once more."
            ),
        }[kind]

    def look(self, style: Style) -> str:
        return {
            Style.NATURAL: self._("Natural"),
            Style.CINEMATIC: self._("Cinematic"),
            Style.ANIMATED: self._("Animated"),
            Style.DIGITAL_ART: self._("Digital art"),
            Style.PHOTO: self._("Photo"),
            Style.FANTASY: self._("Fantasy"),
            Style.NEON: self._("Neon"),
            Style.POLISHED: self._("Polished"),
            Style.COMIC: self._("Comic"),
            Style.LOW_POLY: self._("Low poly"),
            Style.LINE_ART: self._("Line art"),
        }[style]

    def people(self) -> list[tuple[str, str]]:
        """(word for the model, label)."""
        return [
            ("woman", self._("Woman")),
            ("man", self._("Man")),
            ("girl", self._("Girl")),
            ("boy", self._("Boy")),
            ("person", self._("Person")),
        ]

    def words_button(self) -> str:
        return self._("✏️ Words")

    def person_button(self, person: str) -> str:
        return self._("🙂 I'm: {person}").format(person=person)

    def photos_button(self, count: int) -> str:
        return self._("📷 Photos: {count}").format(count=count)

    def start_over(self) -> str:
        return self._("✖️ Start over")

    def back(self) -> str:
        return self._("‹ Back")

    def surprise(self) -> str:
        return self._("🎲 Surprise me")

    def no_words(self) -> str:
        return self._("🧽 No words")

    def own_word(self) -> str:
        return self._("✍️ Own word…")

    def use_anyway(self) -> str:
        return self._("👍 Use it anyway")

    def drop_photos(self) -> str:
        return self._("🗑 Remove the photos")

    # The order's card

    def drawing(self, seconds: int) -> str:
        return self._("🎨 Drawing… about {time}").format(time=self._time(seconds))

    def in_line(self, ahead: int, seconds: int) -> str:
        return self._n(
            "⏳ In line: {ahead} before you, about {time}",
            "⏳ In line: {ahead} before you, about {time}",
            ahead,
        ).format(ahead=ahead, time=self._time(seconds))

    def _time(self, seconds: int) -> str:
        """From two minutes on nobody reckons in seconds."""
        if seconds < 120:
            return self._("{seconds} s").format(seconds=seconds)
        return self._("{minutes} min").format(minutes=round(seconds / 60))

    def delivering(self) -> str:
        return self._("🎨 Done! Bringing it over…")

    def cancelling(self) -> str:
        return self._("Stopping…")

    def hold(self, hold: Hold) -> str:
        return {
            Hold.NONE: "",
            Hold.RESTING: self._(
                "😴 I'm resting for now. Your order is kept and drawn as soon as I'm back."
            ),
            Hold.PROVIDER_DOWN: self._(
                "⏳ The drawing service is slow just now. Your order is kept; it takes longer."
            ),
            Hold.LOOKING: self._("⏳ One moment, I'm checking what became of your picture."),
        }[hold]

    def failure(self, failure: Failure, detail: str | None) -> str:
        if failure is Failure.PHOTO:
            return self.problem(detail or PhotoProblem.UNAVAILABLE) + " " + self._no_credit()
        reason = {
            Failure.PHOTO_GONE: self._("I can't get your photo any more. Please send it again."),
            Failure.FLAGGED: self._(
                "The drawing service's safety filter held the picture back. Other words or "
                "another photo may pass."
            ),
            Failure.REFUSED: self._("The drawing service didn't take these words or photos."),
            Failure.PROVIDER: self._("The drawing service couldn't make this one."),
            Failure.TOO_LONG: self._("This one took far too long, so I stopped it."),
            Failure.OUTPUT: self._("The picture that came back couldn't be opened."),
            Failure.LOST_TRACK: self._("I lost track of this picture at the drawing service."),
            Failure.UNDELIVERABLE: self._("I couldn't bring the picture into this chat."),
            Failure.TAKEN_OUT: self._(
                "I was taken out of this group before it was done, so I stopped."
            ),
        }[failure]
        return f"{reason} {self._no_credit()}"

    def _no_credit(self) -> str:
        return self._("No credit was taken.")

    def cancelled(self, *, begun: bool) -> str:
        if begun:
            return self._("Stopped half-way: no picture was made. No credit was taken.")
        return self._("Stopped before anything was drawn. No credit was taken.")

    def too_late_to_cancel(self) -> str:
        return self._("Too late: your picture is made already, and here or on its way.")

    def stopping(self) -> str:
        return self._("I'm stopping it.")

    def caption(self, look: str, words: str) -> str:
        return self._("{look} · {words}").format(look=look, words=words) if words else look

    def some_missing(self, got: int, wanted: int) -> str:
        return self._("{got} of {wanted}: the safety filter held back the rest.").format(
            got=got, wanted=wanted
        )

    def ready(self) -> str:
        return self._("Ready! Full-quality PNG.")

    def ready_file_only(self) -> str:
        return self._("Ready! It's too large to show here, so it comes as a file.")

    def cancel(self) -> str:
        return self._("✖️ Cancel")

    def more_like_me(self) -> str:
        return self._("👤 More like me")

    def again(self) -> str:
        return self._("🔁 Again")

    def try_again(self) -> str:
        return self._("🔁 Try again")

    def other_look(self) -> str:
        return self._("🎨 Other look")

    def share(self) -> str:
        return self._("📤 Share")

    def share_words(self) -> str:
        return self._("Make yours: one photo, ten looks.")

    def finer(self) -> str:
        return self._("✨ Finer (3 credits)")

    def stronger(self) -> str:
        return self._("🌀 More style")

    def four(self) -> str:
        return self._("🔢 Four of them (4 credits)")

    def copy_recipe(self) -> str:
        return self._("📋 Copy seed and words")

    def delete(self) -> str:
        return self._("🗑 Delete")

    def recipe(self, seed: int, words: str) -> str:
        return self._("seed {seed}: {words}").format(seed=seed, words=words)

    # Pop-ups

    def refused(self, cap: Cap, minutes: int, *, left: int, needed: int) -> str:
        """`left` are the person's credits of today, `needed` those of this order."""
        if cap is Cap.PERSON and left > 0:
            return self._n(
                "That takes {needed} credits, and {left} is left for today.",
                "That takes {needed} credits, and {left} are left for today.",
                left,
            ).format(needed=needed, left=left)
        hours, rest = divmod(minutes, 60)
        when = self._("{hours} h {minutes} min") if hours else self._("{minutes} min")
        when = when.format(hours=hours, minutes=rest)
        return {
            Cap.CLOSED_CHAT: self._("This bot is not open to this chat."),
            Cap.AT_A_TIME: self._(
                "Two of yours are being drawn already. Ask again when one is done."
            ),
            Cap.PERSON: self._("That's all for today. It opens again in {when}."),
            Cap.CHAT: self._("This chat has used up today's pictures. Again in {when}."),
            Cap.MEMBER: self._("That's all for you here today. Again in {when}."),
            Cap.BUDGET: self._("I've drawn all I can today. It opens again in {when}."),
        }[cap].format(when=when)

    def not_yours(self) -> str:
        return self._("This one isn't yours. Start your own with /start")

    def too_old(self) -> str:
        return self._(
            "This card is an old one. Yours is at the end of the chat, or comes with /start"
        )

    def photo_first(self) -> str:
        return self._("First a photo, then the look.")

    def consent_first(self) -> str:
        return self._("First tap one of the “Agree” buttons.")

    def as_far_as_it_goes(self) -> str:
        return self._("It doesn't go any further: that would be the same picture again.")

    def deleted(self) -> str:
        return self._("Deleted.")

    # Plain answers

    def group_brought(self) -> str:
        return self._("Got it! Back to the group: your avatar appears there, the photo doesn't.")

    def no_photo_then(self) -> str:
        return self._("OK, no photo for the group then.")

    def not_deleted(self) -> str:
        return self._(
            "Telegram lets me delete only for 48 hours. Hold the picture and delete it yourself."
        )

    def help(self, contact: str, bot_name: str) -> str:
        text = self._(
            "1. Send a photo of one face (up to four of the same person).\n"
            "2. If you like, write what you want to see: as a knight.\n"
            "3. Tap a look. Half a minute later the picture is here, and its PNG with it.\n\n"
            "Under each picture you can ask for another one, another look or other words. "
            "/cancel stops what is going on, /start brings your card back, /privacy tells what "
            "happens to your photos.\n\n"
            "In a group /avatar@{bot_name} draws you, and /groupavatar@{bot_name} all of you."
        ).format(bot_name=bot_name)
        return text + self._contact(contact)

    def privacy(self, contact: str) -> str:
        text = self._(
            "Your photo stays with Telegram; I only remember where it lies. When you tap a look, "
            "a copy without place or camera data goes to Each Labs, who draw the picture; that "
            "copy deletes itself within two hours. I keep your order (words, look, time) so that "
            "you can go on from a picture, and your consent with its date. Nothing is sold, "
            "nothing trains a model of ours."
        )
        return text + self._contact(contact)

    def _contact(self, contact: str) -> str:
        return "\n\n" + self._("Questions: {contact}").format(contact=contact) if contact else ""

    def closed(self, contact: str) -> str:
        return self._("This bot is not open to this chat.") + self._contact(contact)
