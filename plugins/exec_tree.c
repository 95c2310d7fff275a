// SPDX-License-Identifier: BSD-3-Clause
#include "exec_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kMostMembers = 4096, kMostRounds = 50 };

// Of one process, as /proc/PID/stat says.
typedef struct {
    pid_t parent, session;
    char state;
} Kin;

typedef struct {
    pid_t members[kMostMembers];
    int count;
} Tree;

static int is_member(const Tree* tree, pid_t pid)
{
    for (int i = 0; i < tree->count; ++i) {
        if (tree->members[i] == pid) return 1;
    }
    return 0;
}

static int read_kin(pid_t pid, Kin* kin)
{
    char path[40], text[512];
    int group;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int const fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t const length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return 0;
    text[length] = '\0';
    const char* const name_end = strrchr(text, ')');  // the name may hold anything
    return name_end && sscanf(name_end + 1, " %c %d %d %d", &kin->state, &kin->parent, &group, &kin->session) == 4;
}

// Adds all whose parent or session is of the tree; how many there were to add.
static int grow(Tree* tree)
{
    int added = 0;
    DIR* const folder = opendir("/proc");
    if (!folder) return 0;
    for (struct dirent* entry; (entry = readdir(folder)) != NULL && tree->count < kMostMembers;) {
        pid_t const pid = (pid_t)atoi(entry->d_name);
        Kin kin;
        if (pid <= 0 || is_member(tree, pid) || !read_kin(pid, &kin) || kin.state == 'Z') continue;
        if (!is_member(tree, kin.parent) && !is_member(tree, kin.session)) continue;
        tree->members[tree->count++] = pid;
        ++added;
    }
    closedir(folder);
    return added;
}

// Stopped first, so that none can start another while the rest is looked for.
void kill_tree(pid_t leader)
{
    Tree* const tree = calloc(1, sizeof *tree);
    kill(-leader, SIGSTOP);
    if (tree) {
        tree->members[tree->count++] = leader;
        for (int round = 0, from = 1; round < kMostRounds && grow(tree) > 0; ++round) {
            for (; from < tree->count; ++from) kill(tree->members[from], SIGSTOP);
        }
        for (int i = 1; i < tree->count; ++i) kill(tree->members[i], SIGKILL);
    }
    kill(-leader, SIGKILL);
    kill(leader, SIGKILL);
    free(tree);
}
