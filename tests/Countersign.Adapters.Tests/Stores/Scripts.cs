using Countersign.Storage;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>The numbered scripts of a store's schema.</summary>
static class Scripts
{
    /// <summary>The texts of a folder, <c>sqlite</c> or <c>postgresql</c>, from the first on.</summary>
    public static IReadOnlyList<string> Of(string folder)
    {
        var assembly = typeof(IStores).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith($"{folder}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        })];
    }

    /// <summary>How often a schema stood before the newest script: after the first, and so on.</summary>
    public static TheoryData<int> VersionsBefore(string folder) => [.. Enumerable.Range(1, Of(folder).Count - 1)];

    /// <summary>What a later schema has more, as statements that take it away: whole tables first, and indexes before the columns that they are of.</summary>
    /// <param name="later">Names of the later schema: a kind (<c>TABLE</c>, <c>INDEX</c>, <c>COLUMN</c>), and <c>table</c>, <c>index</c> or <c>table.column</c>.</param>
    /// <param name="earlier">Those of the earlier one.</param>
    public static IEnumerable<string> TakingBack(IEnumerable<(string Kind, string Name)> later, IEnumerable<(string Kind, string Name)> earlier)
    {
        var more = later.Except(earlier).ToList();
        var tables = more.Where(thing => thing.Kind == "TABLE").Select(thing => thing.Name).ToHashSet();
        return [
            .. tables.Select(table => $"DROP TABLE {table}"),
            .. more.Where(thing => thing.Kind == "INDEX").Select(thing => $"DROP INDEX IF EXISTS {thing.Name}"),
            .. more.Where(thing => thing.Kind == "COLUMN").Select(thing => thing.Name.Split('.')).Where(name => !tables.Contains(name[0])).Select(name => $"ALTER TABLE {name[0]} DROP COLUMN {name[1]}"),
        ];
    }
}
