using Countersign.Core.Numbers;
using Countersign.Server.Hosting;
using Countersign.Server.Lines;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Lines;

public sealed class RangeFileTests : IDisposable
{
    const string Head = "prefix,mcc,mnc,carrier,type\n";

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("countersign-lines-");
    readonly FakeTimeProvider _time = new();

    string Path => System.IO.Path.Combine(_directory.FullName, "ranges.csv");

    [Fact]
    public void Columns_are_found_by_name_and_what_is_left_out_is_unknown()
    {
        using var file = Open("Carrier,Prefix,Type\n\"Acme, Mobile\",+4477009,mobile\n,44207946,\n");

        Assert.Equal(new(null, null, "Acme, Mobile", LineType.Mobile), file.Find(Number("+447700900123")));
        Assert.Equal(new(null, null, null, LineType.Unknown), file.Find(Number("+442079460123")));
        Assert.Null(file.Find(Number("+14155550100")));
    }

    [Theory]
    [InlineData("", "must name the columns")]
    [InlineData("mcc,mnc\n234,15\n", "must name the columns")]
    [InlineData(Head + "4477009,23,15,Acme,mobile\n", "Line 2: mcc must be 3 digits")]
    [InlineData(Head + "4477009,234,1,Acme,mobile\n", "Line 2: mnc must be 2 or 3 digits")]
    [InlineData(Head + "4477009,234,15,Acme,mobile\n4477009,234,20,Other,mobile\n", "Line 3: the prefix")]
    [InlineData(Head + "here,234,15,Acme,mobile\n", "Line 2: the prefix")]
    [InlineData(Head + "4477009,234,15,Acme,mobil\n", "Line 2: mobil is no type of line")]
    [InlineData(Head + "4477009,234,15,\"Acme,mobile\n", "Line 2 is not CSV")]
    public void A_table_that_cannot_be_understood_says_where(string text, string why)
    {
        var problem = Assert.Throws<StartException>(() => Open(text));

        Assert.Contains(why, problem.Message, StringComparison.Ordinal);
        Assert.Contains("Countersign:Lookup:Ranges", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains(Path, Assert.Throws<StartException>(() => new RangeFile(new LineOptions { Ranges = Path }, _time, NullLogger<RangeFile>.Instance)).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_file_is_taken_within_a_minute_and_a_broken_one_is_not()
    {
        using var file = Open(Head + "4477009,234,15,Before,mobile\n");

        Write(Head + "4477009,234,15,Afterwards,mobile\n");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Afterwards", file.Find(Number("+447700900123"))?.CarrierName);

        Write(Head + "nonsense,234,15,Broken,mobile\n");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Afterwards", file.Find(Number("+447700900123"))?.CarrierName);

        File.Delete(Path);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Afterwards", file.Find(Number("+447700900123"))?.CarrierName);
    }

    [Fact]
    public void A_file_that_could_not_be_opened_is_looked_at_again_although_it_has_not_changed()
    {
        using var file = Open(Head + "4477009,234,15,Before,mobile\n");

        Write(Head + "4477009,234,15,Afterwards,mobile\n");
        using (new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal("Before", file.Find(Number("+447700900123"))?.CarrierName);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("Afterwards", file.Find(Number("+447700900123"))?.CarrierName);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    RangeFile Open(string text)
    {
        Write(text);
        return new RangeFile(new LineOptions { Ranges = Path }, _time, NullLogger<RangeFile>.Instance);
    }

    void Write(string text) => File.WriteAllText(Path, text);

    static PhoneNumber Number(string text)
    {
        Assert.True(PhoneNumber.TryParse(text, out var number, out _));
        return number;
    }
}
