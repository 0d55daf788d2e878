import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewapp.kernel.encryption import (
    CannotUnseal,
    Erased,
    blind_index,
    new_key,
    pseudonym,
    rewrap,
    seal,
    unseal,
)

PHONE = "+91 98765 43210"
FIELD = "account.phone"
OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture(autouse=True)
def field_keys(settings):
    settings.FIELD_KEYS = [OLD]


class TestSealing:
    """Each person's fields are sealed under a key of their own."""

    @given(
        text=st.text(st.characters(codec="utf-8")), context=st.text(st.characters(codec="utf-8"))
    )
    def test_gives_back_what_was_sealed(self, text, context):
        key = new_key()

        assert unseal(seal(text, key=key, context=context), key=key, context=context) == text

    def test_shows_nothing_of_the_text_and_never_the_same_twice(self):
        key = new_key()
        blobs = {seal(PHONE, key=key, context=FIELD) for _ in range(100)}

        assert len(blobs) == 100
        assert not any(b"98765" in blob for blob in blobs)

    def test_notices_any_altered_bit(self):
        key = new_key()
        blob = seal(PHONE, key=key, context=FIELD)

        for place in range(len(blob)):
            altered = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
            with pytest.raises(CannotUnseal):
                unseal(altered, key=key, context=FIELD)

    @pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" * 13, b"\x02" * 60])
    def test_notices_a_cut_blob(self, blob):
        with pytest.raises(CannotUnseal):
            unseal(blob, key=new_key(), context=FIELD)

    def test_binds_a_value_to_its_column_and_its_person(self):
        key = new_key()
        blob = seal(PHONE, key=key, context=FIELD)

        with pytest.raises(CannotUnseal):
            unseal(blob, key=key, context="account.contact")
        with pytest.raises(CannotUnseal):
            unseal(blob, key=new_key(), context=FIELD)

    def test_reads_columns_as_the_database_gives_them(self):
        key = new_key()
        blob = seal(PHONE, key=memoryview(key), context=FIELD)

        assert unseal(memoryview(blob), key=memoryview(key), context=FIELD) == PHONE

    @pytest.mark.parametrize("key", [None, b""])
    def test_says_that_a_person_without_a_key_was_erased(self, key):
        with pytest.raises(Erased, match="erased"):
            unseal(seal(PHONE, key=new_key(), context=FIELD), key=key, context=FIELD)
        with pytest.raises(Erased):
            seal(PHONE, key=key, context=FIELD)


class TestRotation:
    """A new field key is put in front of the old one."""

    def test_opens_what_was_wrapped_before(self, settings):
        key = new_key()
        blob = seal(PHONE, key=key, context=FIELD)
        settings.FIELD_KEYS = [NEW, OLD]

        assert unseal(blob, key=key, context=FIELD) == PHONE

    def test_keeps_the_data_key_when_it_is_wrapped_anew(self, settings):
        key = new_key()
        blob = seal(PHONE, key=key, context=FIELD)
        settings.FIELD_KEYS = [NEW, OLD]
        rewrapped = rewrap(key)
        settings.FIELD_KEYS = [NEW]

        assert unseal(blob, key=rewrapped, context=FIELD) == PHONE

    def test_cannot_open_what_none_of_the_keys_wrapped(self, settings):
        settings.FIELD_KEYS = [NEW]
        key = new_key()
        settings.FIELD_KEYS = [OLD]

        with pytest.raises(CannotUnseal, match="none of FIELD_KEYS"):
            seal(PHONE, key=key, context=FIELD)

    def test_notices_an_altered_data_key(self):
        key = bytearray(new_key())
        key[-1] ^= 1

        with pytest.raises(CannotUnseal, match="data key was altered"):
            seal(PHONE, key=bytes(key), context=FIELD)

    def test_leaves_indexes_and_pseudonyms_as_they_were(self, settings):
        before = (blind_index(PHONE, purpose="phone"), pseudonym(PHONE))
        settings.FIELD_KEYS = [NEW, OLD]

        assert (blind_index(PHONE, purpose="phone"), pseudonym(PHONE)) == before


class TestBlindIndex:
    def test_differs_by_purpose_and_by_key(self, settings):
        indexes = {blind_index(PHONE, purpose="phone"), blind_index(PHONE, purpose="contact")}
        settings.FIELD_KEYS = [NEW]
        indexes.add(blind_index(PHONE, purpose="phone"))

        assert len(indexes) == 3
        assert {len(index) for index in indexes} == {16}


class TestPseudonym:
    def test_is_short_printable_and_the_same_each_time(self):
        assert re.fullmatch(r"~[0-9a-f]{16}", pseudonym(PHONE))
        assert pseudonym(PHONE) == pseudonym(PHONE)

    def test_cannot_be_made_without_the_key(self, settings):
        here = pseudonym(PHONE)
        settings.FIELD_KEYS = [NEW]

        assert pseudonym(PHONE) != here

    def test_tells_people_apart(self):
        assert len({pseudonym(f"person {number}") for number in range(10_000)}) == 10_000
