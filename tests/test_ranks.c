/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ranks share, carried by sockets between processes of this test: parts, numbers of all, and gradients
 * summed in the order of the shards, whoever ran them. */
#include "lib/base/ranks.h"
#include "lib/train_internal.h"
#include "tests/cmocka_all.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 5, MOST_SHARDS = 3 * MOST, SIZE = 170001 };

static int ends[MOST][MOST]; /* [a][b]: a's end of its line to b */

static void all_of(ssize_t (*pass)(int, void *, size_t), int end, void *data, size_t bytes)
{
    char *at = data;
    for (ssize_t n; bytes; bytes -= (size_t)n, at += n)
        if ((n = pass(end, at, bytes)) <= 0)
            _exit(9);
}

static ssize_t put(int end, void *data, size_t bytes)
{
    return write(end, data, bytes);
}

static void send_to(const void *data, size_t bytes, int to)
{
    all_of(put, ends[nn_rank()][to], (void *)(size_t)data, bytes);
}

static void receive(void *data, size_t bytes, int from)
{
    all_of(read, ends[nn_rank()][from], data, bytes);
}

static void broadcast(void *data, size_t bytes, int from)
{
    for (int r = 0; r < nn_ranks() && nn_rank() == from; r++)
        if (r != from)
            send_to(data, bytes, r);
    if (nn_rank() != from)
        receive(data, bytes, from);
}

static void share(void *data, const size_t *begin)
{
    for (int r = 0; r < nn_ranks(); r++)
        broadcast((char *)data + begin[r], begin[r + 1] - begin[r], r);
}

/* Both at once, as far as each line takes bytes. */
static void swap(const void *out, size_t out_bytes, int to, void *in, size_t in_bytes, int from)
{
    const char *gone = out;
    char *came = in;
    while (out_bytes || in_bytes) {
        struct pollfd lines[2] = {{.fd = out_bytes ? ends[nn_rank()][to] : -1, .events = POLLOUT},
                                  {.fd = in_bytes ? ends[nn_rank()][from] : -1, .events = POLLIN}};
        if (poll(lines, 2, -1) < 0)
            _exit(9);
        const ssize_t sent = lines[0].revents ? send(lines[0].fd, gone, out_bytes, MSG_DONTWAIT) : 0,
                      got = lines[1].revents ? read(lines[1].fd, came, in_bytes) : 0;
        gone += sent > 0 ? sent : 0;
        out_bytes -= sent > 0 ? (size_t)sent : 0;
        came += got > 0 ? got : 0;
        in_bytes -= got > 0 ? (size_t)got : 0;
    }
}

static const nn_ranks_kind sockets = {send_to, receive, broadcast, swap, share};

/* Runs work as each of so many ranks; all have to find it true. */
static void run(int ranks, bool (*work)(void))
{
    pid_t child[MOST];
    for (int a = 0; a < ranks; a++)
        for (int b = a + 1; b < ranks; b++) {
            int pair[2];
            assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
            ends[a][b] = pair[0];
            ends[b][a] = pair[1];
        }
    for (int r = 0; r < ranks; r++) {
        child[r] = fork();
        assert_true(child[r] >= 0);
        if (child[r] == 0) {
            nn_ranks_set(&sockets, ranks, r);
            _exit(work() ? 0 : 1);
        }
    }
    for (int a = 0; a < ranks; a++)
        for (int b = 0; b < ranks; b++)
            if (a != b)
                close(ends[a][b]);
    for (int r = 0; r < ranks; r++) {
        int status;
        assert_int_equal(waitpid(child[r], &status, 0), child[r]);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("rank %d of %d found something else", r, ranks);
    }
}

/* --- numbers --- */

static bool share_numbers(void)
{
    bool good = true;
    for (size_t count = 0; count < 12; count++) {
        double numbers[12] = {0};
        size_t begin, end, next = 0;
        for (int r = 0; r < nn_ranks(); r++) {
            nn_ranks_part(r, count, &begin, &end);
            good = good && begin == next && end >= begin && end - begin <= count / (size_t)nn_ranks() + 1;
            next = end;
        }
        good = good && next == count;
        nn_ranks_part(nn_rank(), count, &begin, &end);
        for (size_t i = begin; i < end; i++)
            numbers[i] = 1.5 * (double)i;
        nn_ranks_share(numbers, count, sizeof *numbers);
        for (size_t i = 0; i < count; i++)
            good = good && numbers[i] == 1.5 * (double)i;
    }
    good = good && nn_ranks_any(nn_rank() == nn_ranks() - 1) && !nn_ranks_any(false);
    return good && nn_ranks_agree(nn_rank() + 7) == 7;
}

static void test_numbers(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, share_numbers);
    /* one rank has all, and asks nobody */
    size_t begin, end;
    nn_ranks_part(0, 11, &begin, &end);
    assert_true(begin == 0 && end == 11 && nn_ranks() == 1 && nn_rank() == 0);
    assert_true(nn_ranks_any(true) && !nn_ranks_any(false) && nn_ranks_agree(3) == 3);
}

/* --- apart --- */

/* A rank that works by itself finds nobody, and all meet again afterwards. */
static bool work_apart(void)
{
    size_t begin, end;
    const int ranks = nn_ranks(), rank = nn_rank();
    double mine = rank, *numbers = calloc((size_t)ranks, sizeof *numbers);
    if (!numbers)
        return false;
    nn_ranks_apart(true);
    nn_ranks_part(nn_rank(), 7, &begin, &end);
    bool good = nn_ranks() == 1 && nn_rank() == 0 && begin == 0 && end == 7 && !nn_ranks_any(false) &&
                nn_ranks_agree(rank + 3) == rank + 3;
    nn_ranks_broadcast(&mine, sizeof mine, 0);
    good = good && mine == rank;
    nn_ranks_apart(false);
    good = good && nn_ranks() == ranks && nn_rank() == rank;
    numbers[rank] = mine;
    nn_ranks_share(numbers, (size_t)ranks, sizeof *numbers);
    for (int r = 0; r < ranks; r++)
        good = good && numbers[r] == r;
    free(numbers);
    return good;
}

static void test_apart(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, work_apart);
    nn_ranks_apart(true); /* alone, nothing changes */
    assert_int_equal(nn_ranks(), 1);
    nn_ranks_apart(false);
    assert_int_equal(nn_ranks(), 1);
}

/* --- gradients --- */

static nn_real gradient(int shard, size_t i)
{
    return (nn_real)((double)((i * 2654435761u + (size_t)shard * 40503u) % 1000003) / 7 - 60000);
}

/* Shards of a rank that are few enough to be sent, and too many. */
static bool sum_gradients(void)
{
    bool good = true;
    for (int shards = nn_ranks(); shards <= MOST_SHARDS; shards++) {
        nn_real *grads[MOST_SHARDS], *room = malloc(nn_ranks_room(shards) * sizeof *room);
        const nn_span own = nn_optimiser_part(SIZE, nn_rank());
        size_t begin, end;
        if (!room)
            return false;
        nn_ranks_part(nn_rank(), (size_t)shards, &begin, &end);
        for (size_t s = 0; s < (size_t)shards; s++) {
            if (!(grads[s] = calloc(SIZE, sizeof(nn_real))))
                return false;
            for (size_t i = 0; i < SIZE && s >= begin && s < end; i++)
                grads[s][i] = gradient((int)s, i);
        }
        nn_ranks_sum_shards(grads, shards, SIZE, room);
        for (size_t i = 0; i < SIZE; i++) {
            nn_real sum = gradient(0, i);
            for (int s = 1; s < shards; s++)
                sum += gradient(s, i);
            good = good && grads[begin][i] == (i >= own.begin && i < own.end ? sum : 0);
            for (size_t s = begin + 1; s < end; s++)
                good = good && grads[s][i] == 0;
        }
        for (int s = 0; s < shards; s++)
            free(grads[s]);
        free(room);
    }
    return good;
}

/* What two steps come to: params, moments, and the norms of the gradients. */
static bool step(nn_real *params, nn_real *moments, double *norm, double clip, bool shared)
{
    enum { SHARDS = 2 * MOST };
    nn_error error;
    nn_pool *pool;
    nn_optimiser o;
    nn_real *grads[SHARDS], *room = malloc(nn_ranks_room(SHARDS) * sizeof *room);
    size_t begin = 0, end = SHARDS;
    if (!room || nn_pool_new(&pool, 1, &error) || nn_optimiser_init(&o, NN_ADAMW, SIZE, &error))
        return false;
    if (shared)
        nn_ranks_part(nn_rank(), SHARDS, &begin, &end);
    o.weight_decay = 0.1;
    o.clip = clip;
    o.shared = shared;
    for (size_t s = 0; s < SHARDS; s++)
        if (!(grads[s] = calloc(SIZE, sizeof(nn_real))))
            return false;
    for (size_t i = 0; i < SIZE; i++)
        params[i] = (nn_real)(i % 17);
    for (int t = 0; t < 2; t++) {
        for (size_t s = begin; s < end; s++)
            for (size_t i = 0; i < SIZE; i++)
                grads[s][i] = gradient((int)s + t, i);
        if (shared)
            nn_ranks_sum_shards(grads, SHARDS, SIZE, room);
        norm[t] = nn_optimiser_step(&o, pool, params, grads + begin, shared ? 1 : SHARDS, 0.01);
    }
    if (shared)
        nn_optimiser_gather(o.moment1, SIZE);
    memcpy(moments, o.moment1, SIZE * sizeof *moments);
    for (int s = 0; s < SHARDS; s++)
        free(grads[s]);
    free(room);
    nn_optimiser_clear(&o);
    nn_pool_free(pool);
    return true;
}

static bool share_steps(void)
{
    static nn_real params[2][SIZE], moments[2][SIZE];
    double norm[2][2];
    bool good = true;
    for (int clip = 0; clip < 2; clip++)
        good = good && step(params[0], moments[0], norm[0], clip, false) &&
               step(params[1], moments[1], norm[1], clip, true) &&
               memcmp(params[0], params[1], sizeof params[0]) == 0 &&
               memcmp(moments[0], moments[1], sizeof moments[0]) == 0 &&
               memcmp(norm[0], norm[1], sizeof norm[0]) == 0;
    return good;
}

static void test_steps(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, share_steps);
}

static void test_gradients(void **state)
{
    (void)state;
    for (int ranks = 2; ranks <= MOST; ranks++)
        run(ranks, sum_gradients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_apart),
                                       cmocka_unit_test(test_gradients), cmocka_unit_test(test_steps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
