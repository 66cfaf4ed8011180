/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers by device and inode which files a thread has read. */
#include "lib/base/inputs.h"

#include <stddef.h>

/* More files than a command line names; of still more the first are forgotten. */
enum { MOST_INPUTS = 512 };

static _Thread_local struct {
    dev_t device;
    ino_t inode;
} inputs[MOST_INPUTS];
static _Thread_local size_t noted;

void nn_input_note(const struct stat *status)
{
    if (!S_ISREG(status->st_mode) || nn_input_is(status))
        return;
    inputs[noted % MOST_INPUTS].device = status->st_dev;
    inputs[noted++ % MOST_INPUTS].inode = status->st_ino;
}

bool nn_input_is(const struct stat *status)
{
    for (size_t i = 0; i < noted && i < MOST_INPUTS; i++)
        if (inputs[i].device == status->st_dev && inputs[i].inode == status->st_ino)
            return true;
    return false;
}

void nn_inputs_forget(void)
{
    noted = 0;
}
