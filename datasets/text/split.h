/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of CSV text without quotes into its fields. */
#ifndef DS_SPLIT_H
#define DS_SPLIT_H

#include "datasets/text/field.h"

/* The fields of the line [p, end), which lose blanks and tabs at both ends, into fields[0..room); returns how
 * many there are, which may be more, and none in a line of nothing but blanks. *end is
 * the line's end, or the CR of it, and DS_SPLIT_BEHIND bytes from it on must be readable. Where the delimiter
 * is a blank, a run of them is one, and there are no empty fields. */
enum { DS_SPLIT_BEHIND = 64 };
size_t ds_split(ds_field *fields, size_t room, const char *p, const char *end, char delimiter);

#endif
