/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A message as a table of members: one row says how a member is written, read and checked, and in which kinds
 * of message it may and must stand. For fetch_message.c and fetch_reply.c only. */
#include "formats/json.h"

enum fetch_member_type {
    FETCH_MEMBER_TEXT,   /* char *, owned; left out when NULL */
    FETCH_MEMBER_BUFFER, /* char[max + 1]; left out when "" */
    FETCH_MEMBER_BOOL,   /* left out when false */
    FETCH_MEMBER_U32,    /* left out when 0 */
    FETCH_MEMBER_U64,    /* left out when 0 */
    FETCH_MEMBER_LIST, /* struct strings of at most FETCH_ACCEPT_MAX, each like a text; left out when empty */
    FETCH_MEMBER_DIGEST, /* struct digest; left out when none */
    FETCH_MEMBER_WORD,   /* enum as int, its name from `words`; left out when 0 unless required */
};

struct fetch_member {
    const char *name;
    enum fetch_member_type type;
    size_t offset;
    uint64_t max;                /* of the number, of the text's length, of the words' count */
    bool (*valid)(const char *); /* of a text or a list's item; NULL: anything */
    const char *const *words;
    unsigned allowed, required; /* a bit for each kind */
};

struct fetch_table {
    const struct fetch_member *members;
    size_t count;
    unsigned kind; /* bit of this message's kind */
};

/* -EINVAL: something required is missing, something else is there, or a value is none. */
int fetch_members_check(const struct fetch_table *t, const void *record) must_check;
/* Writes what is there. As json_put(). */
int fetch_members_write(const struct fetch_table *t, const void *record,
                        struct json_object *object) must_check;
/* Reads an object; a member that no row has, a wrong type or number: -EBADMSG. -ENOMEM. The record begins
 * zeroed. */
int fetch_members_read(const struct fetch_table *t, struct json_object *object, void *record) must_check;

/* The text of a checked record. -EMSGSIZE above FETCH_MESSAGE_MAX. */
int fetch_object_finish(struct json_object *object, char **ret_text, size_t *ret_size) must_check;
/* Position of a word, or -1. */
int fetch_word_find(const char *const *words, size_t count, const char *word);
