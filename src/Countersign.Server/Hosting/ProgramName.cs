namespace Countersign.Server.Hosting;

/// <summary>What this program is called by whoever started it: by its own name, or through <c>dotnet</c>.</summary>
static class ProgramName
{
    const string Library = "Countersign.Server.dll";

    /// <summary>As it is typed in its own directory.</summary>
    public static string Short { get; } = Own is { } path ? Path.GetFileName(path) : $"dotnet {Library}";

    /// <summary>As it is typed in any directory.</summary>
    public static string Full { get; } = Own is { } path ? Quoted(path) : $"dotnet {Quoted(Path.Combine(AppContext.BaseDirectory, Library))}";

    static string? Own => Environment.ProcessPath is { } path && !Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? path : null;

    public static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;
}
