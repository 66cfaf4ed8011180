/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people write them: marks between thousands, signs of currencies, per cent, units, brackets. */
#ifndef DS_NUMBER_FORM_H
#define DS_NUMBER_FORM_H

#include "datasets/time/decimal.h"

/* A text taken apart around its digits. */
typedef struct ds_number_parts {
    bool negative;
    bool bracketed;       /* (1.5) */
    bool odd_minus;       /* a sign that is no ASCII minus */
    bool late_minus;      /* it stands behind the digits: 9.22- */
    char core[64];        /* digits, points and commas; other marks of thousands are left out */
    char parting;         /* such a mark: ' ' for any blank, or an apostrophe; 0: none */
    const char *currency; /* before or behind them, the same for all its signs; NULL: none */
    char unit[16];        /* behind them; empty: none */
    bool glued;           /* the unit stands right behind the digits */
    bool remark;          /* the unit is none but a mark of a footnote or of what is provisional: 5*, 5 (p) */
} ds_number_parts;

/* False where the text is no number in any dress, such as "<1", "R2" and "12-15". */
bool ds_number_take_apart(const char *text, size_t length, ds_number_parts *parts);

/* What points and commas in a core can be. */
typedef enum ds_number_marks {
    DS_MARKS_NONE,          /* digits and a point at most */
    DS_MARKS_THOUSANDS,     /* commas can only be marks of thousands: 1,234,567 or 1,234.5 */
    DS_MARKS_DECIMAL_COMMA, /* a comma can only be the decimal one: 1,5 or 1.234,5 */
    DS_MARKS_EITHER,        /* 1,234 */
    DS_MARKS_POINTS,        /* points can only be marks of thousands: 1.234.567 */
    DS_MARKS_BAD
} ds_number_marks;
ds_number_marks ds_number_marks_of(const ds_number_parts *parts);

/* CR or DR stands behind the number: credit and debit, of which either may be less than zero. */
bool ds_number_is_ledger(const ds_number_parts *parts);

/* How the values of one column are written. */
typedef struct ds_number_form {
    char thousands; /* 0: none; ' ' is any blank */
    bool decimal_comma;
    bool words;           /* true and false, yes and no */
    bool remarks;         /* marks of footnotes are taken off */
    bool scaled;          /* K, M, B, T behind the digits multiply */
    char unit[16];        /* taken off, and none but 0 may lack it; empty: none may stand there */
    const char *currency; /* the only one that may stand there; NULL: any */
    char example[32];     /* a value with the unit or the currency, else one without; empty: none is known */
    bool first;           /* a text that is also a plain number is to be read in this form */
} ds_number_form;

ds_number_kind ds_number_read(const ds_number_form *form, const char *text, size_t length, double *value);

/* 1 for true, yes, on, y ...; 0 for their opposites; -1 for other texts. pairs: a bit for each pair of
 * opposites that the word is one of; sure: it is no single letter. Each may be NULL. */
int ds_number_word(const char *text, size_t length, unsigned *pairs, bool *sure);
/* Also in the plural: item and items. */
bool ds_number_same_unit(const char *a, const char *b);
/* The zeros that K, M, ... stand for; 0: the unit is no scale. */
int ds_number_scale(const char *unit);

#endif
