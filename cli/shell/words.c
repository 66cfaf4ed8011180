/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers, durations and foreign texts in what is said. */
#include "cli/shell/report.h"

#include "lib/base/text.h"

#include <string.h>

const char *cli_duration(double seconds, char text[32])
{
    if (!(seconds >= 0))
        seconds = 0;
    long whole = seconds < 1e9 ? (long)(seconds + 0.5) : 1000000000;
    if (seconds < 1)
        snprintf(text, 32, "%.2f s", seconds);
    else if (seconds < 60)
        snprintf(text, 32, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(text, 32, "%ld min %02ld s", whole / 60, whole % 60);
    else
        snprintf(text, 32, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    return text;
}

const char *cli_count(size_t count, char text[40])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%zu", count), at = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text[at++] = ' ';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

const char *cli_clean(const char *text, char *out, size_t size)
{
    size_t at = 0;
    for (int length; *text && at + 1 < size; text += length) {
        const int harmful = nn_text_harmful(text, &length);
        if (harmful) {
            out[at++] = '?';
            length = harmful;
        } else if (at + (size_t)length < size) {
            memcpy(out + at, text, (size_t)length);
            at += (size_t)length;
        } else {
            break;
        }
    }
    if (size)
        out[at] = '\0';
    return out;
}

void cli_wrap(FILE *out, const char *text, int at, int indent, int width)
{
    bool first = true;
    while (*text) {
        int length = (int)strcspn(text, " \n"), shown = 0;
        for (int i = 0; i < length; i++)
            shown += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (!first && at + 1 + shown > width) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, (size_t)length, out);
        at += shown;
        first = false;
        text += length;
        text += strspn(text, " \n");
    }
    fputc('\n', out);
}
