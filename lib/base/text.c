/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small forms of text that files and options share: comma lists, names of files, fields of CSV. */
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool nn_list_next(const char **cursor, const char **item, size_t *length)
{
    const char *p = *cursor;
    if (!p || !*p)
        return false;
    p += strspn(p, " \t");
    if (*p == '"' && strchr(p + 1, '"')) {
        *item = p + 1;
        *length = (size_t)(strchr(p + 1, '"') - *item);
        p = *item + *length + 1;
        p += strcspn(p, ",");
    } else {
        *item = p;
        p += strcspn(p, ",");
        *length = (size_t)(p - *item);
        while (*length && ((*item)[*length - 1] == ' ' || (*item)[*length - 1] == '\t'))
            --*length;
    }
    *cursor = *p ? p + 1 : p;
    return true;
}

const char *nn_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *nn_shown(char *shown, size_t most, const char *text, size_t length)
{
    size_t kept = length < most ? length : most;
    while (kept < length && kept && ((unsigned char)text[kept] & 0xc0) == 0x80)
        kept--; /* no part of a character */
    memcpy(shown, text, kept);
    strcpy(shown + kept, kept < length ? "..." : "");
    return shown;
}

void nn_csv_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void nn_csv_number(FILE *out, double value, int digits)
{
    if (isfinite(value))
        fprintf(out, "%.*g", digits, value);
}

bool nn_list_has(const char *list, const char *name)
{
    const char *item;
    size_t length, wanted = strlen(name);
    while (nn_list_next(&list, &item, &length))
        if (length == wanted && memcmp(item, name, length) == 0)
            return true;
    return false;
}

int nn_list_count(const char *list)
{
    const char *item;
    size_t length;
    int count = 0;
    while (nn_list_next(&list, &item, &length))
        count++;
    return count;
}

void nn_list_add(char **list, const char *name)
{
    if (!*list)
        return;
    const size_t used = strlen(*list), length = strlen(name);
    const char *quote = strpbrk(name, ",") || *name == ' ' || (length && name[length - 1] == ' ') ? "\"" : "";
    char *more = realloc(*list, used + length + 4);
    if (more)
        sprintf(more + used, "%s%s%s%s", used ? "," : "", quote, name, quote);
    else
        free(*list);
    *list = more;
}

/* The bytes of the character that text begins with; 0: it is not UTF-8. */
static int utf8_length(const unsigned char *text)
{
    const int more = *text < 0x80                    ? 0
                     : *text >= 0xc2 && *text < 0xe0 ? 1
                     : *text >= 0xe0 && *text < 0xf0 ? 2
                                                     : 3;
    if (*text >= 0xf5 || (*text >= 0x80 && *text < 0xc2))
        return 0;
    for (int i = 1; i <= more; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    const bool wide = (*text == 0xe0 && text[1] < 0xa0) || (*text == 0xed && text[1] >= 0xa0) ||
                      (*text == 0xf0 && text[1] < 0x90) || (*text == 0xf4 && text[1] >= 0x90);
    return wide ? 0 : 1 + more;
}

/* Characters that turn the direction of the text behind them, or end a line. */
static bool turns(const unsigned char *at)
{
    return at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
                             (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
}

int nn_text_harmful(const char *text, int *length)
{
    const unsigned char *at = (const unsigned char *)text;
    *length = utf8_length(at);
    if (*length == 0)
        return 1;
    return *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0) || turns(at) ? *length : 0;
}

void nn_html_text(FILE *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; at && *at;) {
        int length;
        const int harmful = nn_text_harmful((const char *)at, &length);
        const char *escaped = *at == '&'    ? "&amp;"
                              : *at == '<'  ? "&lt;"
                              : *at == '>'  ? "&gt;"
                              : *at == '"'  ? "&quot;"
                              : *at == '\'' ? "&#39;"
                                            : NULL;
        if (harmful)
            fputc('?', out);
        else if (escaped)
            fputs(escaped, out);
        else
            fwrite(at, 1, (size_t)length, out);
        at += harmful ? harmful : length;
    }
}
