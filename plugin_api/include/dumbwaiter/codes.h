/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Return codes, shared by plugin.h and reader.h. Values never change; new ones are added in their own range.
 */
#ifndef DUMBWAITER_CODES_H
#define DUMBWAITER_CODES_H

/* What `run` returns. */
#define DW_OK 0           /* the value that was put; null if none was */
#define DW_UNCHANGED 1    /* the value returned last is still true: it becomes fresh again, history does not grow */
#define DW_ERROR (-1)     /* an error report; the last good value stays */
#define DW_RETRY (-2)     /* as DW_ERROR, and worth at least one more try before the next due time */
#define DW_CANCELLED (-3) /* gave up because it was asked to; no report at shutdown */
#define DW_DISABLE (-4)   /* an error report, and do not run this function again until someone says so */

/* What helpers and the reader return besides DW_OK. */
#define DW_NOT_FOUND (-10)     /* no such key, index, name or value */
#define DW_TYPE_MISMATCH (-11) /* the value has another type, or does not fit the one asked for */
#define DW_LIMIT (-12)         /* too large, too deep, or too many */
#define DW_MISUSE (-13)        /* a call that the rules do not allow here */
#define DW_UNSUPPORTED (-14)   /* this host, or this build, cannot do it */
#define DW_TIMEOUT (-15)       /* nothing happened in the time given */
#define DW_DENIED (-16)        /* the system refuses the access */
#define DW_DAMAGED (-17)       /* stored bytes fail their check */
#define DW_NO_STORE (-18)      /* there is no store, or it cannot be used */

#endif /* DUMBWAITER_CODES_H */
