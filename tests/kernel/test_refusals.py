from reviewapp.kernel.refusals import Refused


class AlreadyHTTPClaimed(Refused):
    """Somebody else has
    claimed this.

    More for those who read the code.
    """


class Unsaid(AlreadyHTTPClaimed):
    pass


class TestRefused:
    """A named no: its text is for people, its code for machines."""

    def test_says_its_docstring_when_nobody_knows_better(self):
        assert str(AlreadyHTTPClaimed()) == "Somebody else has claimed this."

    def test_says_what_it_is_told(self):
        refusal = AlreadyHTTPClaimed("Bo has claimed C-4F7K2M.", pointer="/items/0")

        assert (str(refusal), refusal.pointer) == ("Bo has claimed C-4F7K2M.", "/items/0")

    def test_has_its_class_name_as_a_code(self):
        assert (Refused.code, AlreadyHTTPClaimed.code) == ("refused", "already-http-claimed")

    def test_inherits_the_words_but_not_the_code(self):
        assert (str(Unsaid()), Unsaid.code) == ("Somebody else has claimed this.", "unsaid")
