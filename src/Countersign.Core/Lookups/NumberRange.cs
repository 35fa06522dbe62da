using Countersign.Core.Numbers;

namespace Countersign.Core.Lookups;

/// <summary>Who a range of numbers was given to. A number that was ported has another carrier since.</summary>
/// <param name="MobileCountryCode">MCC (ITU-T E.212), three digits; null where the table does not say.</param>
/// <param name="MobileNetworkCode">MNC, two or three digits; null where the table does not say.</param>
/// <param name="CarrierName">Null where the table does not say.</param>
/// <param name="Type">What kind of lines; <see cref="LineType.Unknown"/> where the table does not say.</param>
public sealed record NumberRange(string? MobileCountryCode, string? MobileNetworkCode, string? CarrierName, LineType Type);
