/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether whoever waits for a long work wants it no more: a question that the work puts now and then. */
#ifndef NN_STOP_H
#define NN_STOP_H

#include <stdbool.h>

/* Who is asked in this thread; NULL: nobody, as in the program, where a signal ends what cannot be kept. */
void nn_stop_ask(bool (*asked)(void));
/* Whether anybody is asked, and what the answer is now: once it is yes, the result is thrown away, so that
 * work may end anywhere in good order. */
bool nn_stop_heard(void);
bool nn_stop_wanted(void);

#endif
