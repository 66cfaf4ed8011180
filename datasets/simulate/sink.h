/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing long CSV files fast: numbers with fixed decimals, compressed where the name ends in .gz, whole or
 * not at all. */
#ifndef DS_SINK_H
#define DS_SINK_H

#include "lib/base/error.h"

#include <stddef.h>

typedef struct ds_sink ds_sink;

/* "-" is standard output. NULL and the reason on failure. */
ds_sink *ds_sink_open(const char *path, nn_error *error);
/* Trouble while writing is kept and reported by commit. */
void ds_sink_text(ds_sink *sink, const char *text);
/* With 0 to 9 decimals, rounded half to even; NaN is "nan", and there is no "-0.00". */
void ds_sink_number(ds_sink *sink, double value, int decimals);
/* Like ds_sink_number, nothing at all for NaN. */
void ds_sink_gap(ds_sink *sink, double value, int decimals);
void ds_sink_char(ds_sink *sink, char c);
/* Whether something has gone wrong already, so that there is no point in going on. */
int ds_sink_failed(const ds_sink *sink);
/* Writes all that is still held, so that of several files none is named before the last is whole; nothing may
 * follow but commit or abandon. */
int ds_sink_finish(ds_sink *sink, nn_error *error);
/* Finishes the file under its name and frees. */
int ds_sink_commit(ds_sink *sink, nn_error *error);
/* Removes what was written and frees; NULL is allowed. */
void ds_sink_abandon(ds_sink *sink);

#endif
