using Countersign.Carriers.Smtp;

namespace Countersign.Adapters.Tests.Carriers.Smtp;

public sealed class SmtpReplyTests
{
    [Theory]
    [InlineData("2.0.0 Ok: queued as 4Wxyz0ABCDz9", "4Wxyz0ABCDz9")]
    [InlineData("Ok: queued as 1A2B3C4D5E", "1A2B3C4D5E")]
    [InlineData("OK id=1rXyZa-000001-2b", "1rXyZa-000001-2b")]
    [InlineData("2.6.0 <VLaaaa@acme.example> [InternalId=12345678901234, Hostname=mail.example.com] 9 bytes in 0.1, 1 KB/sec Queued mail for delivery", "12345678901234")]
    [InlineData("2.0.0 4ANCdEf0012345 Message accepted for delivery", "4ANCdEf0012345")]
    [InlineData("2.0.0 OK  1764000000 a640c23a62f3a-b1234567890si1234567a12.345 - gsmtp", "a640c23a62f3a-b1234567890si1234567a12.345")]
    [InlineData("Ok 0100018b1c2d3e4f-12345678-1234-1234-1234-123456789abc-000000", "0100018b1c2d3e4f-12345678-1234-1234-1234-123456789abc-000000")]
    [InlineData("OK: message queued", null)]
    [InlineData("2.0.0 Ok", null)]
    [InlineData("Great success", null)]
    [InlineData("", null)]
    public void The_queue_id_is_found_where_a_server_tells_it(string reply, string? id)
    {
        Assert.Equal(id, SmtpReply.QueueId(reply));
    }

    [Fact]
    public void A_queue_id_is_never_longer_than_a_name_is()
    {
        Assert.InRange(SmtpReply.QueueId("Ok: queued as " + new string('A', 5000))!.Length, 1, 64);
    }
}
