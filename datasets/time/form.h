/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the form of a column of stamps by trying every known one on every value. */
#ifndef DS_FORM_H
#define DS_FORM_H

#include "datasets/time/time.h"

typedef struct ds_text {
    const char *text; /* not terminated */
    size_t length;
} ds_text;

typedef enum ds_form_verdict {
    DS_FORM_NONE,     /* no form reads enough of them */
    DS_FORM_PLAIN,    /* a reader without a given form reads them */
    DS_FORM_FOUND,    /* the pattern reads them */
    DS_FORM_DOUBTFUL, /* pattern and rival both read them, as different times */
    DS_FORM_UNKNOWN   /* no memory to find out */
} ds_form_verdict;

typedef struct ds_form {
    ds_form_verdict verdict;
    char pattern[64], rival[64];
    bool open;   /* plain, and day and month could be either way round */
    size_t read; /* values that read, of those that are not empty */
    size_t first_unread;
    ds_time *times; /* as many as read, in order; to be freed */
} ds_form;

/* values are no bare numbers. Nine in ten of them must read, so that a stray footer hides no form. weeks:
 * their name says that they are; 2016-01 and 01/2016 are then no months. */
ds_form ds_form_find(const ds_text *values, size_t count, bool weeks);

#endif
