/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps for each thread who is to be asked whether work goes on. */
#include "lib/base/stop.h"

#include <stddef.h>

static _Thread_local bool (*ask)(void);

void nn_stop_ask(bool (*asked)(void))
{
    ask = asked;
}

bool nn_stop_heard(void)
{
    return ask != NULL;
}

bool nn_stop_wanted(void)
{
    return ask && ask();
}
