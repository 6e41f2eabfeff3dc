"""Dates, instants and the times that log entries declare: schemas/domain/README.md section 2, merge.md 3.3."""
import datetime
import re
import unicodedata

OPEN_FIRST = -(10**9)
OPEN_LAST = 10**9


def leap(y):
    return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)


def month_days(y, m):
    return [31, 29 if leap(y) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1]


def day_number(y, m, d):
    """Days from 1970-01-01, proleptic Gregorian, years from 0000."""
    if y == 0:  # 400 years have 146,097 days
        return datetime.date(400, m, d).toordinal() - 146097 - datetime.date(1970, 1, 1).toordinal()
    return datetime.date(y, m, d).toordinal() - datetime.date(1970, 1, 1).toordinal()


def one(text):
    """First and last day and qualifiers of a date without a slash."""
    m = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([?~%]?)", text)
    if m is None:
        return None
    y, mm, dd = int(m[1]), m[2] and int(m[2]), m[3] and int(m[3])
    marks = {"": 0, "?": 1, "~": 2, "%": 3}[m[4]]
    if mm is None:
        return day_number(y, 1, 1), day_number(y, 12, 31), marks
    if not 1 <= mm <= 12:
        return None
    if dd is None:
        return day_number(y, mm, 1), day_number(y, mm, month_days(y, mm)), marks
    if not 1 <= dd <= month_days(y, mm):
        return None
    return day_number(y, mm, dd), day_number(y, mm, dd), marks


def edtf(text):
    """(first day, last day, qualifiers) or None."""
    if "/" not in text:
        return one(text)
    parts = text.split("/")
    if len(parts) != 2 or parts == ["..", ".."]:
        return None
    a = (OPEN_FIRST, OPEN_FIRST, 0) if parts[0] == ".." else one(parts[0])
    b = (OPEN_LAST, OPEN_LAST, 0) if parts[1] == ".." else one(parts[1])
    if a is None or b is None or a[0] > b[1]:
        return None
    return a[0], b[1], a[2] | b[2]


YEAR_FIRST = day_number(0, 1, 1) * 86400
YEAR_LAST = (day_number(9999, 12, 31) + 1) * 86400 - 1


def good_text(text):
    """What may stand in a value's text: domain/README.md section 2."""
    return (len(text.encode()) <= 262144 and unicodedata.is_normalized("NFC", text) and
            not any(unicodedata.category(c) == "Cc" and c not in "\n\t" or c == "\ufeff" or "\u2028" <= c <= "\u202e" or
                    "\u2066" <= c <= "\u206f" or "\ufff9" <= c <= "\ufffb" or "\U000e0000" <= c <= "\U000e007f" or
                    "\ufdd0" <= c <= "\ufdef" or ord(c) & 0xFFFE == 0xFFFE for c in text))


def is_date(item):
    """An array of two texts, not both empty, the first of them EDTF or empty."""
    return (type(item) is list and len(item) == 2 and all(type(x) is str for x in item) and
            any(item) and (item[0] == "" or edtf(item[0]) is not None) and good_text(item[1]))


def is_instant(item):
    if type(item) is not list or len(item) != 3 or any(type(x) is not int for x in item):
        return False
    second, offset, precision = item
    return (-1439 <= offset <= 1439 and 0 <= precision <= 3 and YEAR_FIRST <= second <= YEAR_LAST and
            YEAR_FIRST <= second + 60 * offset <= YEAR_LAST)


LENGTHS = (1, 60, 3600, 86400)


CLOCK = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?"
                   r"(?:[Zz]| Z| UTC|([+-])([0-9]{2})(?::?([0-9]{2}))?)?")


def rfc3339(text):
    """The second of a day and a time of day, merge.md 3.3."""
    m = CLOCK.fullmatch(text) if len(text.encode()) <= 47 else None
    day = one(m[1]) if m else None
    h, mi, s, oh, om = (int(m[i] or 0) for i in (2, 3, 4, 6, 7)) if m else [0] * 5
    if day is None or h > 23 or mi > 59 or s > 59 or oh > 23 or om > 59:
        return None
    local = day[0] * 86400 + h * 3600 + mi * 60 + s
    utc = local - (oh * 3600 + om * 60) * (-1 if m[5] == "-" else 1)
    return utc if YEAR_FIRST <= utc <= YEAR_LAST else None


def declared(item):
    """The second that a member "at" or "on" means, or None."""
    if is_instant(item):
        return item[0]
    if is_date(item):
        span = edtf(item[0]) if item[0] else None
        return span[0] * 86400 if span else None
    if type(item) is str:
        span = edtf(item)
        return span[0] * 86400 if span else rfc3339(item)
    return None
