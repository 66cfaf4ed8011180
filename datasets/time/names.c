/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding names of months and days of the week in text. */
#include "datasets/time/names.h"

#include "datasets/time/calendar.h"

#include <string.h>
#include <strings.h>

const char *ds_weekday_name(int weekday)
{
    static const char *const names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
    return names[weekday - 1];
}

int ds_name_find(const char *text, size_t length, bool month, size_t *taken)
{
    size_t letters = 0;
    while (letters < length && ((text[letters] | 0x20) >= 'a' && (text[letters] | 0x20) <= 'z'))
        letters++;
    *taken = letters;
    for (int i = 1; i <= (month ? 12 : 7) && letters >= 3; i++) {
        const char *name = month ? ds_month_name(i) : ds_weekday_name(i);
        const bool whole = strlen(name) == letters, cut = letters == 3 || (month && i == 9 && letters == 4);
        if ((whole || cut) && strncasecmp(text, name, letters) == 0)
            return i;
    }
    return 0;
}
