using System.Runtime.InteropServices;

namespace Countersign.Storage.Sqlite;

/// <summary>
/// The calls that a row takes dozens of, without a handle's counting in between. Those that only copy a value, and so end in some nanoseconds, do without telling the
/// garbage collector as well; whatever may touch the disk tells it.
/// </summary>
static partial class NativeStatements
{
    const string Library = "e_sqlite3";
    const DllImportSearchPath Paths = DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories;

    /// <summary>SQLITE_STATIC: the bytes stay where they are until the statement was run. SQLITE_TRANSIENT: it copies them.</summary>
    public const nint Static = 0, Transient = -1;

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial int BindLong(nint statement, int index, long value);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    [DefaultDllImportSearchPaths(Paths)]
    public static unsafe partial int BindBlob(nint statement, int index, byte* bytes, int length, nint destructor);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    [DefaultDllImportSearchPaths(Paths)]
    public static unsafe partial int BindText(nint statement, int index, byte* bytes, int length, nint destructor);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_clear_bindings")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial int ClearBindings(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial int Reset(nint statement);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial long ColumnLong(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_type")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial int ColumnType(nint statement, int column);

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    [DefaultDllImportSearchPaths(Paths)]
    public static partial int ColumnBytes(nint statement, int column);

    // May read a long value's further pages: not one of the short ones.
    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob")]
    [DefaultDllImportSearchPaths(Paths)]
    public static unsafe partial byte* ColumnBlob(nint statement, int column);
}
