/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of months in the languages that public data come in. */
#include "datasets/time/names.h"

#include <string.h>
#include <strings.h>

/* The whole name and the short one, German, French, Spanish, Italian, Dutch, Portuguese. */
static const char *const months[DS_LANGUAGES][12][2] = {{{"Januar", "Jan"},
                                                         {"Februar", "Feb"},
                                                         {"M\xc3\xa4rz", "M\xc3\xa4r"},
                                                         {"April", "Apr"},
                                                         {"Mai", "Mai"},
                                                         {"Juni", "Jun"},
                                                         {"Juli", "Jul"},
                                                         {"August", "Aug"},
                                                         {"September", "Sep"},
                                                         {"Oktober", "Okt"},
                                                         {"November", "Nov"},
                                                         {"Dezember", "Dez"}},
                                                        {{"Janvier", "Janv."},
                                                         {"F\xc3\xa9vrier", "F\xc3\xa9vr."},
                                                         {"Mars", "Mars"},
                                                         {"Avril", "Avr."},
                                                         {"Mai", "Mai"},
                                                         {"Juin", "Juin"},
                                                         {"Juillet", "Juil."},
                                                         {"Ao\xc3\xbbt", "Ao\xc3\xbbt"},
                                                         {"Septembre", "Sept."},
                                                         {"Octobre", "Oct."},
                                                         {"Novembre", "Nov."},
                                                         {"D\xc3\xa9"
                                                          "cembre",
                                                          "D\xc3\xa9"
                                                          "c."}},
                                                        {{"Enero", "Ene"},
                                                         {"Febrero", "Feb"},
                                                         {"Marzo", "Mar"},
                                                         {"Abril", "Abr"},
                                                         {"Mayo", "May"},
                                                         {"Junio", "Jun"},
                                                         {"Julio", "Jul"},
                                                         {"Agosto", "Ago"},
                                                         {"Septiembre", "Sep"},
                                                         {"Octubre", "Oct"},
                                                         {"Noviembre", "Nov"},
                                                         {"Diciembre", "Dic"}},
                                                        {{"Gennaio", "Gen"},
                                                         {"Febbraio", "Feb"},
                                                         {"Marzo", "Mar"},
                                                         {"Aprile", "Apr"},
                                                         {"Maggio", "Mag"},
                                                         {"Giugno", "Giu"},
                                                         {"Luglio", "Lug"},
                                                         {"Agosto", "Ago"},
                                                         {"Settembre", "Set"},
                                                         {"Ottobre", "Ott"},
                                                         {"Novembre", "Nov"},
                                                         {"Dicembre", "Dic"}},
                                                        {{"Januari", "Jan"},
                                                         {"Februari", "Feb"},
                                                         {"Maart", "Mrt"},
                                                         {"April", "Apr"},
                                                         {"Mei", "Mei"},
                                                         {"Juni", "Jun"},
                                                         {"Juli", "Jul"},
                                                         {"Augustus", "Aug"},
                                                         {"September", "Sep"},
                                                         {"Oktober", "Okt"},
                                                         {"November", "Nov"},
                                                         {"December", "Dec"}},
                                                        {{"Janeiro", "Jan"},
                                                         {"Fevereiro", "Fev"},
                                                         {"Mar\xc3\xa7o", "Mar"},
                                                         {"Abril", "Abr"},
                                                         {"Maio", "Mai"},
                                                         {"Junho", "Jun"},
                                                         {"Julho", "Jul"},
                                                         {"Agosto", "Ago"},
                                                         {"Setembro", "Set"},
                                                         {"Outubro", "Out"},
                                                         {"Novembro", "Nov"},
                                                         {"Dezembro", "Dez"}}};

const char *ds_month_in(int language, int month, bool whole)
{
    return months[language - 1][month - 1][whole ? 0 : 1];
}

static bool goes_on(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (unsigned char)c >= 0x80;
}

/* Bytes of text that are the name, with or without its point; 0: they are not. */
static size_t match(const char *text, size_t length, const char *name)
{
    const size_t whole = strlen(name);
    const bool point = name[whole - 1] == '.';
    const size_t letters = whole - point;
    if (length < letters || strncasecmp(text, name, letters) != 0)
        return 0;
    if (point && length > letters && text[letters] == '.')
        return whole;
    return length > letters && goes_on(text[letters]) ? 0 : letters;
}

int ds_month_find(const char *text, size_t length, unsigned *languages, bool *whole, size_t *taken)
{
    int found = ds_name_find(text, length, true, taken);
    *languages = found ? 1 : 0;
    *whole = found && *taken > 3 && !(found == 9 && *taken == 4); /* Sept is short, too */
    for (int l = 1; l <= DS_LANGUAGES; l++)
        for (int m = 1; m <= 12; m++)
            for (int w = 1; w >= 0; w--) {
                const size_t bytes = match(text, length, ds_month_in(l, m, w == 1));
                if (bytes == 0 || (found && (m != found || bytes < *taken)))
                    continue;
                if (bytes > *taken) /* with its point, which the languages so far do not write */
                    *languages = 0;
                found = m;
                *taken = bytes;
                *languages |= 1u << l;
                *whole |= w == 1 && strcmp(ds_month_in(l, m, true), ds_month_in(l, m, false)) != 0;
            }
    return found;
}
