using System.Globalization;
using Countersign.Storage.PostgreSql;

namespace Countersign.Adapters.Tests;

public sealed class MigrationScriptsTests
{
    [Theory]
    [InlineData("sqlite/")]
    [InlineData("postgresql/")]
    public void Scripts_have_each_number_from_the_first_to_the_last_once(string folder)
    {
        // What a store has seen is one number: a script that comes later with a lower one would never be run where a higher one has been.
        var numbers = typeof(PostgresMigrations).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => int.Parse(name.AsSpan(folder.Length, 4), CultureInfo.InvariantCulture)).Order().ToList();

        Assert.NotEmpty(numbers);
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }
}
