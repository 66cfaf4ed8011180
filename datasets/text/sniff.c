/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the first bytes of a CSV file tell: its delimiter, and how many lines they are. */
#include "datasets/text/scan.h"

#include <string.h>

size_t ds_count_lines(const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += text[i] == '\n' || (text[i] == '\r' && !(i + 1 < length && text[i + 1] == '\n'));
    return n;
}

char ds_scan_sniff(const char *text, size_t length, bool decimal_comma)
{
    static const char candidates[] = "\t;|,";
    enum { LINES = 20, KINDS = 4 };
    size_t count[LINES][KINDS] = {{0}};
    int lines = 0;
    bool quoted = false, blank = true;
    for (size_t i = 0; i < length && lines < LINES; i++) {
        const char c = text[i];
        quoted ^= c == '"';
        if (!quoted && (c == '\n' || c == '\r')) {
            if (blank)
                memset(count[lines], 0, sizeof count[lines]);
            lines += !blank;
            blank = true;
            continue;
        }
        blank = blank && (c == ' ' || c == '\t');
        for (int k = 0; k < KINDS && !quoted; k++)
            count[lines][k] += c == candidates[k];
    }
    lines += lines < LINES && !blank && length < DS_SCAN_BUFFER;
    int best = KINDS - 1;
    size_t most = 0;
    for (int k = 0; k < KINDS - (decimal_comma ? 1 : 0); k++) {
        bool same = lines > 0 && count[0][k] > 0;
        for (int l = 1; l < lines; l++)
            same = same && count[l][k] == count[0][k];
        if (same)
            return candidates[k];
        if (count[0][k] > most) {
            most = count[0][k];
            best = k;
        }
    }
    return candidates[best];
}
