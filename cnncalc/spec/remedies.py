"""What to do about an error when the place that reports it knows nothing better."""

from __future__ import annotations

REMEDIES = {
    "E005": "give the parts names: use blocks",
    "E008": "write the key as one word",
    "E009": "keep one of the two",
    "E101": "check the arrows and brackets around it",
    "E103": "use a smaller number",
    "E105": "write a layer there, or take the arrow out",
    "E200": "`cnncalc list --layers` shows every layer; parts of your own stand under `blocks:`",
    "E203": "check the numbers it is made of",
    "E205": "give one of them another name",
    "E206": "choose another name",
    "E210": "give further arguments by name, or take them out",
    "E211": "its parameters stand where it is defined",
    "E212": "give it once",
    "E214": "give one number for all axes, or one for each",
    "E215": "write a value of that kind, or an expression that gives one",
    "E216": "use a larger number",
    "E219": "use a number in that range",
    "E223": "start with from(NAME) to say what enters",
    "E232": "leave one of the two out",
    "E234": "a table has a row for each input map and a column for each output map",
    "E260": "use other parameters, or mend the base",
}
"""By code; ``cnncalc explain`` tells more about each."""
