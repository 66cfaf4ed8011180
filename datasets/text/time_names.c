/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of time in the names of columns, in the languages that public data come in. */
#include "datasets/text/time_names.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Letters of a name in lower case, everything else as one blank: "Date_of-Sale" is " date of sale ". A small
 * letter before a capital parts words, too. */
static void plain(const char *name, char *out, size_t size)
{
    size_t n = 0;
    out[n++] = ' ';
    for (const char *p = name; *p && n + 3 < size; p++) {
        const unsigned char c = (unsigned char)*p;
        const bool letter = isalnum(c) || c > 127;
        if (p > name && isupper(c) && islower((unsigned char)p[-1]))
            out[n++] = ' ';
        if (letter)
            out[n++] = (char)tolower(c);
        else if (out[n - 1] != ' ')
            out[n++] = ' ';
    }
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    out[n] = '\0';
}

static bool has_word(const char *name, const char *const *words)
{
    char text[160], word[40];
    plain(name, text, sizeof text);
    for (; *words; words++) {
        const size_t length = strlen(*words);
        word[0] = ' ';
        memcpy(word + 1, *words, length);
        word[length + 1] = ' ';
        word[length + 2] = '\0';
        if (strstr(text, word))
            return true;
    }
    return false;
}

static bool is_whole(const char *name, const char *const *words)
{
    char text[160];
    plain(name, text, sizeof text);
    for (; *words; words++) {
        const size_t length = strlen(*words);
        if (strncmp(text + 1, *words, length) == 0 && strcmp(text + 1 + length, " ") == 0)
            return true;
    }
    return false;
}

bool ds_name_is_usual(const char *name)
{
    static const char *const usual[] = {"date", "time", "datetime", "timestamp", "ds"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (strcasecmp(name, usual[i]) == 0)
            return true;
    return false;
}

#define DATE_WORDS                                                                                           \
    "date", "time", "datetime", "timestamp", "ds", "datum", "zeit", "zeitstempel", "fecha", "data", "dato",  \
        "tidspunkt", "horodate", "utc", "stamp", "datetimeutc", "mtu", "tijd", "hora", "heure", "tid", "dt", \
        "uhrzeit", "tarih", "datetimelocal", "stichtag", "dag", "dia", "giorno", "timeperiod", "instante"

#define WEEK_WORDS                                                                                           \
    "week", "weeks", "wk", "woche", "kalenderwoche", "kw", "semaine", "semana", "yearweek", "yyyyww",        \
        "isoweek", "epiweek", "weekno", "uke", "vecka", "uge", "settimana", "viikko", "mmwr"

bool ds_name_is_date(const char *name)
{
    static const char *const words[] = {DATE_WORDS, NULL};
    return has_word(name, words);
}

bool ds_name_is_timely(const char *name)
{
    static const char *const words[] = {DATE_WORDS,
                                        "year",
                                        "yr",
                                        "month",
                                        "quarter",
                                        WEEK_WORDS,
                                        "day",
                                        "hour",
                                        "minute",
                                        "period",
                                        "jahr",
                                        "monat",
                                        "tag",
                                        "quartal",
                                        "stunde",
                                        "annee",
                                        "ann\xc3\xa9"
                                        "e",
                                        "mois",
                                        "jour",
                                        "trimestre",
                                        "mes",
                                        "ano",
                                        "a\xc3\xb1o",
                                        "anno",
                                        "qtr",
                                        "epoch",
                                        "yyyymm",
                                        "yyyymmdd",
                                        "season",
                                        "half",
                                        "semester",
                                        "semestre",
                                        "halbjahr",
                                        "doy",
                                        "yearmonth",
                                        "hhmm",
                                        "hrmn",
                                        "hr mn",
                                        "hr",
                                        "clock",
                                        "hm",
                                        NULL};
    return has_word(name, words);
}

bool ds_name_is_calendar(const char *name)
{
    static const char *const words[] = {
        "weekday",     "dow",          "day of week", "dayofweek",     "wday",         "day week",
        "wochentag",   "isoweek",      "weekofyear",  "month of year", "week of year", "dayofmonth",
        "monthofyear", "jour semaine", "dia semana",  "weeknum",       "month num",    "month no",
        "monthnum",    "year no",      "day name",    "half",          "weekday num",  NULL};
    return ds_name_part(name) != 0 || is_whole(name, words);
}

bool ds_name_is_week(const char *name)
{
    static const char *const words[] = {WEEK_WORDS, NULL};
    return has_word(name, words);
}

bool ds_name_is_counter(const char *name)
{
    static const char *const words[] = {
        "id",     "no",     "nr",         "nummer", "number",   "num",      "index",  "idx",
        "row",    "row id", "row number", "rownum", "rowid",    "row no",   "record", "record id",
        "sample", "n",      "instant",    "obs",    "seq",      "sequence", "entry",  "sr no",
        "s no",   "sno",    "serial",     "line",   "rownames", "pk",       NULL};
    return !*name || strcmp(name, "#") == 0 || strncmp(name, "Unnamed:", 8) == 0 || is_whole(name, words);
}

bool ds_name_is_id(const char *name)
{
    static const char *const words[] = {"id", "ids", NULL};
    return has_word(name, words);
}

char ds_name_part(const char *name)
{
    static const struct {
        char part;
        const char *const words[28];
    } parts[] = {
        {'P',
         {"settlement period", "period", "sp", "half hour", "halfhour", "trading period", "interval",
          "interval number", "quarter hour", "hh period", NULL}},
        {'E', {"hour ending", "hourending", "he", "hour end", "hour ended", NULL}},
        {'Y',
         {"year",
          "yr",
          "yyyy",
          "yy",
          "jahr",
          "annee",
          "ann\xc3\xa9"
          "e",
          "ano",
          "a\xc3\xb1o",
          "anno",
          "iso year",
          "isoyear",
          "jaar",
          "rok",
          "\xc3\xa5r",
          "vuosi",
          "\xc3\xa9v",
          "god",
          "год",
          "Год",
          "рік",
          "yıl",
          NULL}},
        {'q',
         {"quarter", "qtr", "quartal", "trimestre", "kwartał", "kwartal", "kvartal", "kwartaal", "kvartál",
          "квартал", "Квартал", "q", NULL}},
        {'m', {"month",    "mon",          "mm",           "mo",    "monat",   "mois",    "mes",   "mnth",
               "kuukausi", "m\xc3\xa5ned", "m\xc3\xa5nad", "maand", "miesiąc", "miesiac", "měsíc", "mese",
               "mês",      "maaned",       "hónap",        "месяц", "Месяц",   "місяць",  "ay",    NULL}},
        {'V',
         {"week", "wk", "woche", "kw", "semaine", "semana", "iso week", "isoweek", "week number", "weeknum",
          "epi week", "week no", NULL}},
        {'d',
         {"day", "dd", "dy", "tag", "jour", "dia",
          "d\xc3\xad"
          "a",
          "dom", "day of month", "mday", NULL}},
        {'j', {"doy", "day of year", "yday", "julian day", "dayofyear", "jday", "julian", NULL}},
        {'H', {"hour", "hr", "hh", "hours", "stunde", "heure", "hora", "hour of day", "hod", "uur", NULL}},
        {'M', {"minute", "min", "minutes", "mi", "mn", "minuto", NULL}},
        {'S', {"second", "sec", "seconds", "ss", "sekunde", NULL}}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (is_whole(name, parts[i].words))
            return parts[i].part;
    return 0;
}
