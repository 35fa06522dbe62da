using Countersign.Core.Channels;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Guard.Refusals;

/// <summary>A start that was refused, for tests of what keeps it.</summary>
public static class GivenRefusal
{
    public static readonly Sid Account = Sid.Parse("AC00112233445566778899aabbccddeeff", "AC"), Service = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA");

    public static RefusedStart Of(int destination) => new()
    {
        AccountSid = Account,
        ServiceSid = Service,
        At = Desk.Opening,
        Destination = (UInt128)destination,
        MaskedTo = "+1********23",
        Country = "US",
        Channel = Channel.Sms,
        Code = 60410,
        Reason = "block_list",
        Details = "{}",
    };
}
