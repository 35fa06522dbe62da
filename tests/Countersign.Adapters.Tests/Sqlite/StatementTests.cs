using System.Text;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Values wait in the statement's own room until it was run, and go by another way where they do not fit.</summary>
public sealed class StatementTests : IDisposable
{
    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("countersign-statement-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(100_000)]
    public void Values_of_any_length_come_back_as_they_were(int length)
    {
        using var context = new WriteContext(SqliteFile.Open(Path.Combine(_directory.FullName, "some.db")));
        context.Prepare("CREATE TABLE thing (id INTEGER PRIMARY KEY, first BLOB, text TEXT, second BLOB, none BLOB, number INTEGER)").Run();
        var insert = context.Prepare("INSERT INTO thing (id, first, text, second, none, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        var read = context.Prepare("SELECT first, text, second, none, number FROM thing WHERE id = ?1");
        var bytes = Enumerable.Range(0, length).Select(index => (byte)index).ToArray();
        var text = string.Concat(Enumerable.Repeat("é", length));

        for (var id = 1L; id <= 2; id++)
        {
            Assert.True(insert.Bind(id).Bind(bytes).Bind(text).Bind(Encoding.UTF8.GetBytes(text)).Bind((byte[]?)null).Bind(long.MinValue).Run());
            Assert.True(read.Bind(id).Read());
            Assert.Equal(bytes, read.BytesOrNull(0));
            Assert.Equal(text, read.Text(1));
            Assert.Equal(text, Encoding.UTF8.GetString(read.Bytes(2)));
            Assert.True(read.IsNull(3));
            Assert.Equal(long.MinValue, read.Long(4));
            read.Reset();
        }
    }

    [Fact]
    public void One_that_was_left_between_two_rows_or_two_values_begins_anew()
    {
        using var context = new WriteContext(SqliteFile.Open(Path.Combine(_directory.FullName, "some.db")));
        context.Prepare("CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT)").Run();
        var insert = context.Prepare("INSERT INTO thing (id, text) VALUES (?1, ?2)");
        var bound = context.Prepare("SELECT id FROM thing WHERE id > ?1 ORDER BY id");
        var all = context.Prepare("SELECT text FROM thing ORDER BY id");
        using (context.Prepare("SELECT 1"))
        {
            // One that is gone already is left alone.
        }

        insert.Bind(1L).Bind("one").Run();
        insert.Bind(2L).Bind("two").Run();

        Assert.True(bound.Bind(0L).Read());
        Assert.True(bound.Bind(1L).Read());
        Assert.Equal(2, bound.Long(0));

        Assert.True(all.Read());
        insert.Bind(3L);
        context.UndoTo(context.Mark());
        Assert.True(insert.Bind(4L).Bind("four").Run());
        Assert.True(all.Read());
        Assert.Equal("one", all.Text(0));
    }

    [Fact]
    public void A_key_that_is_taken_is_said_and_the_statement_goes_on()
    {
        using var context = new WriteContext(SqliteFile.Open(Path.Combine(_directory.FullName, "some.db")));
        context.Prepare("CREATE TABLE thing (id INTEGER PRIMARY KEY, text TEXT)").Run();
        var insert = context.Prepare("INSERT INTO thing (id, text) VALUES (?1, ?2)");

        Assert.True(insert.Bind(1L).Bind("one").Run());
        Assert.False(insert.Bind(1L).Bind("another").Run());
        Assert.True(insert.Bind(2L).Bind("two").Run());
    }
}
