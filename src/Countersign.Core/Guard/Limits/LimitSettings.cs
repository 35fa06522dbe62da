namespace Countersign.Core.Guard.Limits;

/// <summary>The limits that are built in, as a service has them. 0 turns one off. Not for the service's test numbers, which cost nothing.</summary>
/// <param name="DestinationPerHour">Sends to one destination in any hour, over all its verifications in the service; 0 to 1,000. Default 10.</param>
/// <param name="DestinationPerDay">Sends to one destination in any day; 0 to 10,000. Default 20.</param>
/// <param name="CooldownSeconds">Pause after a send to a destination, doubled by each further one up to ten minutes; forgotten when a code is typed back, or an hour after a send; 0 to 600. Default 0.</param>
/// <param name="ServicePerSecond">Sends of the whole service in any second; 0 to 1,000,000. Default 0.</param>
/// <param name="ServicePerMinute">Sends of the whole service in any minute; 0 to 1,000,000. Default 0.</param>
/// <param name="IpPerHour">Sends for one <c>DeviceIp</c> in any hour; 0 to 1,000,000. Default 60: many people share a carrier's address.</param>
/// <param name="NetworkPerHour">Sends for one network, a /24 of IPv4 or a /48 of IPv6, in any hour; 0 to 1,000,000. Default 300.</param>
/// <param name="ConcurrentStarts">Starts for one destination that are worked on at once; 0 to 1,000. Default 4.</param>
/// <param name="FetchesPerMinute">Readings of one verification in any minute; 0 to 1,000,000. Default 60, as Twilio's.</param>
/// <param name="FetchesPerHour">Readings of one verification in any hour; 0 to 1,000,000. Default 180, as Twilio's.</param>
/// <param name="FetchesPerDay">Readings of one verification in any day; 0 to 1,000,000. Default 250, as Twilio's.</param>
// Note: positional, because what lies in a store is read through the constructor, whose defaults fill in what an older row does not have.
public sealed record LimitSettings(
    int DestinationPerHour = 10,
    int DestinationPerDay = 20,
    int CooldownSeconds = 0,
    int ServicePerSecond = 0,
    int ServicePerMinute = 0,
    int IpPerHour = 60,
    int NetworkPerHour = 300,
    int ConcurrentStarts = 4,
    int FetchesPerMinute = 60,
    int FetchesPerHour = 180,
    int FetchesPerDay = 250)
{
    /// <summary>As shipped.</summary>
    public static readonly LimitSettings Default = new();
}
