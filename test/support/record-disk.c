/*
 * Loaded into a program by LD_PRELOAD: writes to the file RECORD_TO, in order, what the program does to the files under
 * RECORD_DIR, which syncs of them have come to their end, and what it sends to others. recorded-disk.ts reads it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 65536
#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = dlsym(RTLD_NEXT, #name)

/* One record; `size` bytes follow it. */
struct record {
  int what;
  int fd;
  long long at;
  long long size;
};

/* Holds from before an act until it is on record, so that the records stand in the order of the acts. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static const char *folder;
/* The inode of what is open there, if it is under RECORD_DIR. */
static ino_t followed[FDS];
static int syncs;

static void begin(void) {
  if (trace != -1) return;
  const char *to = getenv("RECORD_TO");
  folder = getenv("RECORD_DIR");
  if (!to || !folder) abort();
  folder = strdup(folder);
  trace = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (trace == -1) abort();
  /* What the program starts is none of it. */
  unsetenv("LD_PRELOAD");
}

static void lock(void) {
  pthread_mutex_lock(&order);
  begin();
}

static void unlock(void) {
  int error = errno;
  pthread_mutex_unlock(&order);
  errno = error;
}

static void put(const void *bytes, size_t size) {
  for (const char *from = bytes; size > 0;) {
    long done = syscall(SYS_write, trace, from, size);
    if (done <= 0) abort();
    from += done;
    size -= done;
  }
}

static void record(int what, int fd, long long at, const struct iovec *parts, int count, long long size) {
  struct record head = {what, fd, at, size};
  int error = errno;
  put(&head, sizeof head);
  for (int index = 0; index < count && size > 0; index += 1) {
    size_t here = (long long)parts[index].iov_len < size ? parts[index].iov_len : (size_t)size;
    put(parts[index].iov_base, here);
    size -= here;
  }
  errno = error;
}

static void recordText(int what, int fd, const char *text, size_t size) {
  struct iovec part = {(void *)text, size};
  record(what, fd, 0, &part, 1, size);
}

static int isUnder(const char *path) {
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static ino_t inodeOf(int fd) {
  struct stat about;
  int error = errno;
  ino_t inode = fstat(fd, &about) == 0 ? about.st_ino : 0;
  errno = error;
  return inode;
}

/* Not all are closed by the library's close, so the number may be another file's by now. */
static int follows(int fd) {
  return fd >= 0 && fd < FDS && followed[fd] && followed[fd] == inodeOf(fd);
}

/* The absolute path; `given` itself where it is one. */
static const char *absolute(int base, const char *given, char *room) {
  if (given[0] == '/') return given;
  char link[64];
  snprintf(link, sizeof link, base == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", base);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, room, PATH_MAX / 2);
  if (length < 0) return given;
  snprintf(room + length, PATH_MAX - length, "/%s", given);
  return room;
}

static int opened(int fd, const char *path, int flags) {
  if (fd >= 0 && fd < FDS && isUnder(path)) {
    followed[fd] = inodeOf(fd);
    recordText('o', fd, path, strlen(path));
    if (flags & O_TRUNC) record('t', fd, 0, 0, 0, 0);
  }
  unlock();
  return fd;
}

#define OPEN(name)                                    \
  int name(const char *path, int flags, ...) {        \
    va_list more;                                     \
    va_start(more, flags);                            \
    int mode = va_arg(more, int);                     \
    va_end(more);                                     \
    REAL(int, name, const char *, int, ...);          \
    char room[PATH_MAX];                              \
    lock();                                           \
    return opened(real(path, flags, mode), absolute(AT_FDCWD, path, room), flags); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                  \
  int name(int base, const char *path, int flags, ...) { \
    va_list more;                                     \
    va_start(more, flags);                            \
    int mode = va_arg(more, int);                     \
    va_end(more);                                     \
    REAL(int, name, int, const char *, int, ...);     \
    char room[PATH_MAX];                              \
    lock();                                           \
    return opened(real(base, path, flags, mode), absolute(base, path, room), flags); \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  REAL(int, close, int);
  lock();
  if (follows(fd)) {
    followed[fd] = 0;
    record('c', fd, 0, 0, 0, 0);
  }
  int done = real(fd);
  unlock();
  return done;
}

/* On record before it is sent: whoever gets it may act on it at once. */
static void sends(int fd, const struct iovec *parts, int count) {
  struct stat about;
  int error = errno;
  if (fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode)) {
    long long size = 0;
    for (int index = 0; index < count; index += 1) size += parts[index].iov_len;
    lock();
    record('s', fd, 0, parts, count, size);
    unlock();
  }
  errno = error;
}

static ssize_t written(int fd, const struct iovec *parts, int count, ssize_t done, long long at) {
  if (done > 0) {
    if (at < 0) at = lseek(fd, 0, SEEK_CUR) - done;
    else if (fcntl(fd, F_GETFL) & O_APPEND) at = lseek(fd, 0, SEEK_END) - done;
    record('w', fd, at, parts, count, done);
  }
  unlock();
  return done;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(ssize_t, write, int, const void *, size_t);
  struct iovec part = {(void *)bytes, size};
  if (follows(fd)) {
    lock();
    return written(fd, &part, 1, real(fd, bytes, size), -1);
  }
  sends(fd, &part, 1);
  return real(fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (follows(fd)) {
    lock();
    return written(fd, parts, count, real(fd, parts, count), -1);
  }
  sends(fd, parts, count);
  return real(fd, parts, count);
}

#define PWRITE(name)                                                      \
  ssize_t name(int fd, const void *bytes, size_t size, off_t at) {        \
    REAL(ssize_t, name, int, const void *, size_t, off_t);                \
    struct iovec part = {(void *)bytes, size};                            \
    if (!follows(fd)) return real(fd, bytes, size, at);                   \
    lock();                                                               \
    return written(fd, &part, 1, real(fd, bytes, size, at), at);          \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

#define PWRITEV(name)                                                     \
  ssize_t name(int fd, const struct iovec *parts, int count, off_t at) {  \
    REAL(ssize_t, name, int, const struct iovec *, int, off_t);           \
    if (!follows(fd)) return real(fd, parts, count, at);                  \
    lock();                                                               \
    return written(fd, parts, count, real(fd, parts, count, at), at);     \
  }
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define TRUNCATE(name)                                     \
  int name(int fd, off_t size) {                           \
    REAL(int, name, int, off_t);                           \
    lock();                                                \
    int done = real(fd, size);                             \
    if (done == 0 && follows(fd)) record('t', fd, size, 0, 0, 0); \
    unlock();                                              \
    return done;                                           \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

/*
 * What was written before it began is on the disk once it has ended, says the record. The real one is left out, as it tells
 * nothing; some take their time, so that others write meanwhile.
 */
#define SYNC(name)                                         \
  int name(int fd) {                                       \
    REAL(int, name, int);                                  \
    if (!follows(fd)) return real(fd);                     \
    lock();                                                \
    int number = syncs += 1;                               \
    record('b', fd, number, 0, 0, 0);                      \
    unlock();                                              \
    if (number % 8 == 0) usleep(4000);                     \
    lock();                                                \
    record('e', fd, number, 0, 0, 0);                      \
    unlock();                                              \
    return 0;                                              \
  }
SYNC(fsync)
SYNC(fdatasync)

static int named(int what, const char *path, int done) {
  if (done == 0 && isUnder(path)) recordText(what, -1, path, strlen(path));
  unlock();
  return done;
}

#define NAME(what, name, parameters, types, arguments, base)              \
  int name parameters {                                                   \
    int (*real)types = dlsym(RTLD_NEXT, #name);                           \
    char room[PATH_MAX];                                                  \
    lock();                                                               \
    const char *whole = absolute(base, path, room);                       \
    return named(what, whole, real arguments);                            \
  }
NAME('m', mkdir, (const char *path, mode_t mode), (const char *, mode_t), (path, mode), AT_FDCWD)
NAME('u', unlink, (const char *path), (const char *), (path), AT_FDCWD)
NAME('u', rmdir, (const char *path), (const char *), (path), AT_FDCWD)
NAME('u', remove, (const char *path), (const char *), (path), AT_FDCWD)
NAME('u', unlinkat, (int base, const char *path, int flags), (int, const char *, int), (base, path, flags), base)

int rename(const char *from, const char *to) {
  REAL(int, rename, const char *, const char *);
  lock();
  int done = real(from, to);
  if (done == 0 && isUnder(to)) {
    struct iovec parts[] = {{(void *)from, strlen(from) + 1}, {(void *)to, strlen(to)}};
    record('r', -1, 0, parts, 2, parts[0].iov_len + parts[1].iov_len);
  }
  unlock();
  return done;
}
