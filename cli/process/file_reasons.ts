/** Explains why a file couldn't be read or written. @module */

/** Returns the reason why a file couldn't be read or written. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  return reasons[error.name] ?? reasons[String(Reflect.get(error, "code"))] ?? error.name;
}

/** By the runtime's error class, or else the system's error code. */
const reasons: Readonly<Record<string, string>> = {
  NotFound: "there is no such file or folder",
  IsADirectory: "it is a folder",
  NotADirectory: "a part of its path is a file, a folder is expected",
  AlreadyExists: "a file or folder of that name exists already",
  PermissionDenied: "this user lacks the permission",
  NotCapable: "the program was started without permission for that",
  FilesystemLoop: "its links lead in a circle",
  EEXIST: "there is a file, a folder is expected",
  EIO: "the disk can't be read or written",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file, a folder is expected",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENAMETOOLONG: "its name is too long",
};
