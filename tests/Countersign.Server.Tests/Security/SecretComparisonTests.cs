using System.Reflection;
using System.Reflection.Emit;
using System.Security.Cryptography;
using Countersign.Carriers;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Server.Hosting;
using Countersign.Storage;

namespace Countersign.Server.Tests.Security;

/// <summary>
/// Reads what the compiler made of every method: one that opens a code or a secret, or computes a keyed hash, compares nothing by a comparison that ends at the first difference.
/// </summary>
public sealed class SecretComparisonTests
{
    static readonly Assembly[] Ours =
        [typeof(OneTimeCode).Assembly, typeof(TwilioSignature).Assembly, typeof(StorageRegistration).Assembly, typeof(CountersignHost).Assembly];

    /// <summary>Methods that compare something else beside the secret that they handle.</summary>
    static readonly Dictionary<string, string> Harmless = new()
    {
        ["CheckStep.Judge"] = "amount and payee, which whoever checks was told",
        ["GenericHttpCarrier.ValueOf"] = "the name of a placeholder",
        ["GenericHttpReceipts.IsHmac"] = "the name of an encoding",
        ["PackedPhoneMessage.Pack"] = "two writings of one number",
        ["SignedRequest.ProblemWith"] = "the name of an algorithm, and who issued the token once its signature is right",
        ["TemplateMatch.Read"] = "the caller's own message with the caller's own code",
        ["VonageSignature.Sign"] = "the name of an algorithm",
        ["VonageToken.ProblemOf"] = "the name of an algorithm, and whose token it is once its signature is right",
    };

    static readonly OpCode[] OneByte = new OpCode[256], TwoBytes = new OpCode[256];

    static SecretComparisonTests()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? OneByte : TwoBytes)[code.Value & 0xff] = code;
        }
    }

    [Fact]
    public void No_method_that_holds_a_secret_compares_by_a_comparison_that_ends_at_the_first_difference()
    {
        var handling = Ours.SelectMany(Methods).Select(method => (Method: method, Calls: Calls(method).ToList())).Where(method => method.Calls.Any(OpensSecret)).ToList();

        Assert.True(handling.Count > 40, $"Only {handling.Count} methods handle secrets: the test no longer finds them.");
        var comparing = (
            from method in handling
            let name = $"{method.Method.DeclaringType!.Name}.{method.Method.Name}"
            from call in method.Calls
            where EndsEarly(call)
            select (Name: name, Text: $"{name} opens a secret and calls {call.DeclaringType!.Name}.{call.Name}. Use {nameof(CryptographicOperations.FixedTimeEquals)}, or say in {nameof(Harmless)} what it compares.")).Distinct().ToList();
        var careless = comparing.Where(found => !Harmless.ContainsKey(found.Name)).Select(found => found.Text).ToList();
        Assert.True(careless.Count == 0, string.Join('\n', careless));
        Assert.Equal(Harmless.Keys.Order(StringComparer.Ordinal), comparing.Select(found => found.Name).Where(Harmless.ContainsKey).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(typeof(OneTimeCode))]
    [InlineData(typeof(ApiSecret))]
    public void A_secret_is_not_equal_to_another_of_the_same_letters_so_that_nothing_compares_it_by_accident(Type type)
    {
        var (one, same) = (Activator.CreateInstance(type, "246810")!, Activator.CreateInstance(type, "246810")!);

        Assert.False(one.Equals(same));
        Assert.Null(type.GetMethod("op_Equality"));
        Assert.Empty(type.GetInterfaces());
    }

    [Fact]
    public void The_test_finds_a_comparison_that_ends_at_the_first_difference()
    {
        var careless = typeof(SecretComparisonTests).GetMethod(nameof(Careless), BindingFlags.NonPublic | BindingFlags.Static)!;

        var calls = Calls(careless).ToList();

        Assert.Contains(calls, OpensSecret);
        Assert.Contains(calls, EndsEarly);
        Assert.False(Careless(new OneTimeCode("246810"), "246811"));
    }

    static bool Careless(OneTimeCode code, string typed) => code.Reveal() == typed;

    static bool OpensSecret(MethodBase call) =>
        (call.Name == "Reveal" && (call.DeclaringType == typeof(OneTimeCode) || call.DeclaringType == typeof(ApiSecret)))
        || call.DeclaringType?.Name is "HMACSHA256" or "HMACSHA1" or "HMACSHA512" or "HMACMD5" or "KeyedHash" or "CodeVault" or "SecretHasher";

    static bool EndsEarly(MethodBase call) =>
        (call.DeclaringType == typeof(string) && call.Name is "op_Equality" or "op_Inequality" or "Equals" or "Compare" or "CompareOrdinal" or "CompareTo" or "StartsWith" or "EndsWith")
        || call is { Name: "SequenceEqual" or "SequenceCompareTo" or "StartsWith" or "CommonPrefixLength", DeclaringType.Name: "MemoryExtensions" or "Enumerable" }
        || call is { Name: "Equals", DeclaringType.Name: "StructuralEqualityComparer" or "StringComparer" };

    static IEnumerable<MethodBase> Methods(Assembly assembly)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return assembly.GetTypes().SelectMany(type => type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)));
    }

    static IEnumerable<MethodBase> Calls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il)
        {
            yield break;
        }

        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xfe ? TwoBytes[il[at + 1]] : OneByte[il[at]];
            at += code.Size;
            if (code.OperandType == OperandType.InlineMethod && method.Module.ResolveMethod(BitConverter.ToInt32(il, at), typeArguments, methodArguments) is { } called)
            {
                yield return called;
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
