"""Package files in channels as people see and change them: lists, uploads, copies, moves, removals."""
