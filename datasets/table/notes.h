/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines for people about what was read, each passed to a callback. */
#ifndef DS_NOTES_H
#define DS_NOTES_H

typedef struct ds_notes {
    void (*say)(void *context, const char *line);
    void *context;
    int count;
} ds_notes;

/* One line of at most 1200 bytes; longer ones are cut. */
__attribute__((format(printf, 2, 3))) void ds_note(ds_notes *notes, const char *format, ...);

#endif
