/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the C locale once, for all threads. */
#include "lib/base/c_locale.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t made;

static void make(void)
{
    made = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t nn_c_locale(void)
{
    pthread_once(&once, make);
    return made;
}
