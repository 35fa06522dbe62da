using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Services;

namespace Countersign.Core.Guard.Lists;

/// <summary>Refuses numbers that the operator blocked, on every channel. The safe list does not help against it.</summary>
public sealed class BlockListStage(NumberLists lists) : ChannelRule
{
    /// <summary>Before everything else.</summary>
    public override int Order => 10;

    public override GuardRefusal? Forbids(VerifyService service, Destination to, UInt128 key, Channel channel, DateTimeOffset now) =>
        to is PhoneNumber number && lists.Match(ListKind.Block, service.AccountSid, key, number, now) is { } found
            ? new GuardRefusal(GuardRefusalKind.Blocked, "block_list", "The number, or a prefix of it, is on the account's block list.")
            {
                Facts = [new("list_entry", found.Sid.ToString())],
                RetryIn = found.ExpiresAt - now,
            }
            : null;
}
