/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Another program's command line, read into a request. */
#include "init/options.h"
#include "init/request.h"

/* What a reader of a command line wants to happen. */
enum reading {
    READING_RUN,  /* the request is complete */
    READING_DONE, /* help or version was printed: exit 0 */
};

struct personality {
    const char *name;
    /* `words` are the arguments behind the program's name. enum reading, or -EINVAL with the failure. */
    int (*read)(char **words, char *const *environment, struct request *r, struct failure *f);
};

/* By the last part of argv[0]; NULL: our own command line. */
const struct personality *personality_find(const char *program);

int gosu_read(char **words, char *const *environment, struct request *r, struct failure *f);
int su_exec_read(char **words, char *const *environment, struct request *r, struct failure *f);
int setuidgid_read(char **words, char *const *environment, struct request *r, struct failure *f);
int chpst_read(char **words, char *const *environment, struct request *r, struct failure *f);
int setpriv_read(char **words, char *const *environment, struct request *r, struct failure *f);
int tini_read(char **words, char *const *environment, struct request *r, struct failure *f);
int dumb_init_read(char **words, char *const *environment, struct request *r, struct failure *f);
int catatonit_read(char **words, char *const *environment, struct request *r, struct failure *f);

/* The rest of a command line is the command; -EINVAL when there is none. */
int personality_take_command(char **words, struct request *r, struct failure *f) must_check;
