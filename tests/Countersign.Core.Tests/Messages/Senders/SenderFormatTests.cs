using Countersign.Core.Messages.Senders;

namespace Countersign.Core.Tests.Messages.Senders;

public sealed class SenderFormatTests
{
    [Theory]
    [InlineData("Acme", SenderKind.Alphanumeric)]
    [InlineData("ACME & Co_1", SenderKind.Alphanumeric)]
    [InlineData("7-Eleven+", SenderKind.Alphanumeric)]
    [InlineData("1234567890A", SenderKind.Alphanumeric)]
    [InlineData("+14155550100", SenderKind.Number)]
    [InlineData("+1234567", SenderKind.Number)]
    [InlineData("+123456789012345", SenderKind.Number)]
    [InlineData("123", SenderKind.ShortCode)]
    [InlineData("12345678", SenderKind.ShortCode)]
    public void A_sender_is_told_by_its_form(string sender, SenderKind expected)
    {
        Assert.True(SenderFormat.TryParse(sender, out var kind));
        Assert.Equal(expected, kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" Acme")]
    [InlineData("Acme ")]
    [InlineData("Acme Grocery")]
    [InlineData("Käse")]
    [InlineData("Acme!")]
    [InlineData("A\nB")]
    [InlineData("12")]
    [InlineData("123456789")]
    [InlineData("14155550100")]
    [InlineData("+0123456789")]
    [InlineData("+123456")]
    [InlineData("+1234567890123456")]
    [InlineData("12-34")]
    [InlineData("١٢٣٤٥")]
    public void What_is_no_sender_is_refused(string sender) => Assert.False(SenderFormat.TryParse(sender, out _));
}
